import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanEnvironment } from '../src/environment.ts';
import { ensureCached } from '../src/install-cache.ts';
import { pathsIn, stackPaths } from '../src/paths.ts';
import { ensureLocalPki } from '../src/pki.ts';
import { initialiseCluster, postgresInstall, serverCommand } from '../src/postgres/postgres-server.ts';
import { type PostgresAccess, withPostgres } from '../src/postgres/prepare-postgres.ts';
import { retryUntil } from '../src/retry-until.ts';
import { freePort } from './free-port.ts';

/** `fast`: sessions end, then a checkpoint. `immediate`: at once, recovery at the next start. `kill`: SIGKILL to every process of it. */
export type PostgresEnd = 'fast' | 'immediate' | 'kill';

/** A PostgreSQL of a test's own, set up as the platform's: for tests that stop it. */
export interface PrivatePostgres extends AsyncDisposable {
  /** The administrator's way in; the same after every restart. */
  readonly access: PostgresAccess;
  /** Ends it. Resolves when no process is left. */
  readonly end: (how: PostgresEnd) => Promise<void>;
  /** Starts it again on the same port, and resolves when it answers. */
  readonly start: () => Promise<void>;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const;

/** Takes about 3 s, most of it for an empty cluster. */
export async function privatePostgres(): Promise<PrivatePostgres> {
  const stack = stackPaths();
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-postgres-'));
  const paths = pathsIn(stack.root, folder, stack.cache);
  const binaries = join(await ensureCached({ paths, progress: () => {} }, postgresInstall), 'bin');
  const pki = await ensureLocalPki(paths, '127.0.0.1');
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const [data, port] = [join(folder, 'data'), await freePort()];
  await initialiseCluster({ binaries, folder: data, administrator: 'platform_admin', passwordFile });
  const access: PostgresAccess = { host: '127.0.0.1', port, user: 'platform_admin', password, ca: await readFile(pki.ca, 'utf8') };
  const [command = '', ...args] = await serverCommand({
    binaries,
    folder: data,
    addresses: ['127.0.0.1'],
    port,
    certificate: pki.postgres,
  });

  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const log = await open(join(folder, 'postgres.log'), 'a');
    server = spawn(command, args, { stdio: ['ignore', log.fd, log.fd], env: cleanEnvironment() });
    await once(server, 'spawn');
    await log.close();
    await retryUntil('the private PostgreSQL does not answer', 60_000, () =>
      withPostgres(access, 'postgres', async (client) => client.query('select 1')),
    );
  };
  const end = async (how: PostgresEnd): Promise<void> => {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    if (how === 'kill') await killChildren(running.pid as number);
    running.kill(SIGNALS[how]);
    await ended;
  };
  const dispose = async (): Promise<void> => {
    await end('immediate');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { access, end, start, [Symbol.asyncDispose]: dispose };
}

/** Every process of it at once, as when the machine or the container dies: backends that outlived the first would clean up. */
async function killChildren(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP'); // It starts no other one meanwhile.
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of text.trim().split(/\s+/).filter(Boolean)) {
    try {
      process.kill(Number(child), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // It had ended by itself.
    }
  }
}
