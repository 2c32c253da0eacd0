import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { cleanEnvironment } from '../src/environment.ts';
import { type PostgresAccess, withPostgres } from '../src/postgres/prepare-postgres.ts';
import { retryUntil } from '../src/retry-until.ts';

/** `fast`: sessions end, then a checkpoint. `immediate`: at once, recovery at the next start. `kill`: SIGKILL to every process of it. */
export type PostgresEnd = 'fast' | 'immediate' | 'kill';

/** The processes of a PostgreSQL of a test's own. */
export interface PrivatePostgresServer {
  /** Of its first process; undefined while it does not run. */
  readonly pid: () => number | undefined;
  /** Ends it. Resolves when no process is left. */
  readonly end: (how: PostgresEnd) => Promise<void>;
  /** Starts it, again on the same port, and resolves when it answers. */
  readonly start: () => Promise<void>;
  /** Stops every process of it where it is: connections stay, nobody answers. */
  readonly freeze: () => Promise<void>;
  /** Lets them go on. */
  readonly thaw: () => Promise<void>;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

export function privatePostgresServer(
  [command = '', ...args]: readonly string[],
  logFile: string,
  access: PostgresAccess,
): PrivatePostgresServer {
  let server: ChildProcess | undefined;
  const running = (): ChildProcess | undefined =>
    server === undefined || server.exitCode !== null || server.signalCode !== null ? undefined : server;
  const start = async (): Promise<void> => {
    const log = await open(logFile, 'a');
    server = spawn(command, args, { stdio: ['ignore', log.fd, log.fd], env: cleanEnvironment() });
    await once(server, 'spawn');
    await log.close();
    await retryUntil('the private PostgreSQL does not answer', 60_000, () =>
      withPostgres(access, 'postgres', async (client) => client.query('select 1')),
    );
  };
  const thaw = async (): Promise<void> => {
    const pid = running()?.pid;
    if (pid !== undefined) await signalAll(pid, 'SIGCONT');
  };
  return {
    pid: () => running()?.pid,
    start,
    thaw,
    freeze: async () => {
      const pid = running()?.pid;
      if (pid !== undefined) await signalAll(pid, 'SIGSTOP');
    },
    end: async (how) => {
      const ending = running();
      server = undefined;
      if (ending === undefined) return;
      const ended = once(ending, 'exit');
      if (how === 'kill') await signalAll(ending.pid as number, 'SIGKILL');
      ending.kill(SIGNALS[how]);
      // One that is frozen hears nothing else.
      ending.kill('SIGCONT');
      await ended;
    },
  };
}

/** Every process of it at once, as when the machine or the container dies: backends that outlived the first would clean up. */
async function signalAll(pid: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  process.kill(pid, 'SIGSTOP'); // It starts no other one meanwhile.
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of text.trim().split(/\s+/).filter(Boolean)) {
    try {
      process.kill(Number(child), signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // It had ended by itself.
    }
  }
  if (signal === 'SIGCONT') process.kill(pid, signal);
}
