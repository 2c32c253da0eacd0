import { readFileSync } from 'node:fs';
import { observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import { type ApiBench, oursOf } from './api-bench.ts';
import { perOperation } from './contender.ts';

const RATE = 500;
/** Mission: typical latency under 200 ms at the peak of 500 requests a second. */
const P99_LIMIT_MS = 200;
const RSS_LIMIT_MB = 300;

/**
 * 500 requests a second, four reads to a create, spread over thousands of keep-alive connections, whether or not those before were answered.
 * One round: its length is the point. Any answer but a success ends the bench; a worker that ever had more than 300 MB resident misses the bar.
 */
export async function openLoop(bench: ApiBench, { seconds, connections }: { seconds: number; connections: number }): Promise<Row> {
  const { world, workload, parts, rules, barOf } = bench;
  rules.say(`open loop: ${RATE} requests a second over ${connections} connections for ${seconds} s`);
  const { ports, pids } = oursOf(world);
  const order = { ports, connections, rate: RATE, accept: [200, 201] };
  // Every connection asks once: one that says nothing for ten seconds after it was opened is closed.
  await parts.load.run({ ...order, rate: RATE * 2, work: await workload.mixed(connections), count: connections });
  const count = RATE * seconds;
  const work = await workload.mixed(count);
  const { result, observed } = await observe(
    { watched: { ...pids, client: [parts.load.pid] }, alsoOurs: [process.pid], pidsFolder: parts.pidsFolder },
    () => parts.load.run({ ...order, work, count }),
  );
  const rssMb = Math.max(...world.ours.map(({ pid }) => mostResidentMb(pid)));
  const ours = {
    value: result.p99Ms,
    cpuMs: perOperation(observed.cpuMs, count),
    disturbance: observed.disturbance,
    complaint: observed.complaint,
    notes: { 'p50 ms': result.p50Ms, 'p99 ms': result.p99Ms, 'slowest ms': result.maxMs, 'RSS MB a worker': rssMb },
  };
  const limit = { ...ours, value: P99_LIMIT_MS, cpuMs: {}, notes: {} };
  const what = `p99 at ${RATE} req/s over ${connections} connections ÷ ${P99_LIMIT_MS} ms (RSS ≤ ${RSS_LIMIT_MB} MB a worker)`;
  const round = { ours, reference: limit, ratio: ours.value / limit.value };
  const row = rowOf(what, 'ms', barOf({ kind: 'at-most', ratio: 1 }), [round]);
  return rssMb > RSS_LIMIT_MB ? { ...row, verdict: 'missed' } : row;
}

/** At any time of its life. */
function mostResidentMb(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
