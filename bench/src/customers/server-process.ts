import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A contender: a server in a process of its own. */
export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** How long a server may take to answer the first time. */
const START_MS = 60_000;

/**
 * Runs `node …args` with this environment and no other. Its output goes to `log`, and it runs where that is: what a server leaves beside itself goes
 * away with the bench. Resolves when `readyUrl` answers 2xx.
 */
export async function startServer(options: {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  readonly readyUrl: string;
  readonly log: string;
}): Promise<ServerProcess> {
  const output = openSync(options.log, 'w');
  const child = spawn(process.execPath, options.args, {
    cwd: dirname(options.log),
    env: { ...options.environment },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  try {
    await answers(child, options.readyUrl);
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}; its output is in ${options.log}`, { cause: error });
  }
  return { pid: child.pid ?? 0, port: options.port, stop };
}

async function answers(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const ok = await fetch(url).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.ok;
      },
      () => false,
    );
    if (ok) return;
    await pause(100);
  }
  throw new Error(`${url} does not answer`);
}
