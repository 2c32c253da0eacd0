import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** An operator as a process of its own, as it runs in production but for the failpoint. */
export interface OperatorProcess {
  /** Resolves with the exit code, or undefined when `withinMs` passed and it still runs. */
  readonly exit: (withinMs: number) => Promise<number | undefined>;
  /** SIGTERM, and the exit code. */
  readonly stop: () => Promise<number | null>;
  readonly kill: () => Promise<void>;
  /** Everything it has written so far. */
  readonly output: () => string;
}

/** Starts `main.ts`. */
export function startOperator(environment: Readonly<Record<string, string>>): OperatorProcess {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const endWithUs = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithUs);
  const gone = once(child, 'exit').then(([code]) => {
    process.off('exit', endWithUs);
    return code as number | null;
  });
  return {
    exit: async (withinMs) => {
      const timer = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), withinMs).unref());
      return (await Promise.race([gone, timer])) ?? undefined;
    },
    stop: async () => {
      child.kill('SIGTERM');
      return gone;
    },
    kill: async () => {
      if (isRunning(child)) child.kill('SIGKILL');
      await gone;
    },
    output: () => output,
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
