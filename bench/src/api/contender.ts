import type { LoadProcess } from '../load/load-process.ts';
import type { Work } from '../load/order.ts';
import type { Turn } from '../measure/rounds.ts';
import { observe } from '../measure/watcher.ts';

/** Open connections of every turn. */
export const CONNECTIONS = 64;

/** Who may be asked: servers, and the processes whose CPU time is theirs. */
export interface Contender {
  readonly ports: readonly number[];
  readonly pids: Readonly<Record<string, readonly number[]>>;
}

export interface TurnParts {
  readonly load: LoadProcess;
  readonly pidsFolder: string;
}

/** Warm-up of a third, then `count` requests between two looks at everybody's CPU time. `work` is asked anew for each of the two. */
export async function turnOf(
  { load, pidsFolder }: TurnParts,
  contender: Contender,
  work: (count: number) => Promise<Work>,
  count: number,
  accept: readonly number[],
  rate?: number,
): Promise<Turn> {
  const order = { ports: contender.ports, connections: CONNECTIONS, accept, ...(rate === undefined ? {} : { rate }) };
  const warmUp = Math.ceil(count / 3);
  await load.run({ ...order, work: await work(warmUp), count: warmUp });
  const measured = await work(count);
  const { result, observed } = await observe(
    { watched: { ...contender.pids, client: [load.pid] }, alsoOurs: [process.pid], pidsFolder },
    () => load.run({ ...order, work: measured, count }),
  );
  return {
    value: count / result.seconds,
    cpuMs: perOperation(observed.cpuMs, count),
    disturbance: observed.disturbance,
    complaint: observed.complaint,
    notes: { 'p50 ms': result.p50Ms, 'p99 ms': result.p99Ms },
  };
}

export function perOperation(cpuMs: Readonly<Record<string, number>>, count: number): Record<string, number> {
  return Object.fromEntries(Object.entries(cpuMs).map(([who, ms]) => [who, ms / count]));
}
