import { type OperatorProcess, startOperator } from './operator-process.ts';

/** An operator that is started again whenever it ends, as the kubelet would. */
export interface KeptOperator {
  readonly restarts: () => number;
  /** Everything all its processes have written. */
  readonly output: () => string;
  /** Changes outside Kubernetes and to children so far; needs LOG_LEVEL=debug. */
  readonly effects: () => number;
  readonly stop: () => Promise<void>;
}

/** @see KeptOperator */
export async function keepOperator(environment: Readonly<Record<string, string>>): Promise<KeptOperator> {
  const past: string[] = [];
  let isOver = false;
  let restarts = 0;
  let current: OperatorProcess = await startOperator(environment);
  const keep = async (): Promise<void> => {
    while (!isOver) {
      if ((await current.exit(500)) === undefined) continue;
      past.push(current.output());
      if (isOver) return;
      restarts += 1;
      current = await startOperator(environment);
    }
  };
  const keeping = keep();
  const output = (): string => [...past, current.output()].join('\n');
  return {
    restarts: () => restarts,
    output,
    effects: () => output().split('"Changed something outside"').length - 1,
    stop: async () => {
      isOver = true;
      await keeping;
      await current.stop();
    },
  };
}
