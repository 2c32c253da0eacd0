import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { bundledProgram } from '@tenantry/stack/testing/bundled-program.ts';

/** An operator as a process of its own, as it runs in production but for the failpoint. */
export interface OperatorProcess {
  /** Resolves with the exit code, or undefined when `withinMs` passed and it still runs. */
  readonly exit: (withinMs: number) => Promise<number | undefined>;
  /** SIGTERM, and the exit code. */
  readonly stop: () => Promise<number | null>;
  readonly kill: () => Promise<void>;
  /** SIGSTOP: as a machine that sleeps, or a container that gets no CPU. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Everything it has written so far. */
  readonly output: () => string;
}

/** Starts the program of the image, as the operator or with the words of one of its commands. */
export async function startOperator(
  environment: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): Promise<OperatorProcess> {
  const program = await bundledProgram('tenantry-operator');
  const child = spawn(process.execPath, ['--enable-source-maps', program, ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
    pause: () => {
      child.kill('SIGSTOP');
    },
    resume: () => {
      child.kill('SIGCONT');
    },
    output: () => output,
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
