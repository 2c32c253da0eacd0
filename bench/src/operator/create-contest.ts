import { holdContest, type Turn } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import type { OperatorRules } from './operator-rules.ts';
import type { OperatorWorld } from './operator-world.ts';
import { isReady } from './tenant-view.ts';

/** How many tenants there are when a stage has ended, and in how many turns it gets there. */
export interface Stage {
  readonly tenants: number;
  readonly rounds: number;
}

/** What a tenant may take at most, on a busy machine: more ends the bench. */
const LIMIT_MS = { least: 60_000, each: 3000 };

/**
 * The operator's tenants stay and grow in number; a turn makes so many more that its stage ends with its number. The script makes as many beside
 * them, and its are taken away after its turn. So a stage's figure is that of the last ones of N, which are never the fastest.
 */
export async function createContest(world: OperatorWorld, stages: readonly Stage[], rules: OperatorRules): Promise<Row[]> {
  const rows: Row[] = [];
  const seconds: number[] = [];
  let bar: Bar = rules.barOf({ kind: 'at-least', ratio: 0.7 });
  for (const { tenants, rounds } of stages) {
    const size = Math.max(1, Math.ceil((tenants - (rows.length === 0 ? 0 : world.made.length)) / (rows.length === 0 ? 1 : rounds)));
    rules.say(`create, N = ${tenants}: ${rounds} rounds of ${size}`);
    const done = await holdContest({
      ...{ rounds, despiteLoad: rules.despiteLoad, say: rules.say, signal: rules.signal },
      calm: () => awaitCalm(world.watching()),
      ours: () => byOperator(world, size),
      reference: () => byScript(world, size),
    });
    const row = rowOf(`create, N = ${tenants} ÷ straight-line script`, '/s', bar, done);
    rows.push(row);
    if (row.ours !== undefined) seconds.push(1 / row.ours);
  }
  const [first, last] = [seconds[0], seconds.at(-1)];
  const what = `time per tenant at ${stages.at(-1)?.tenants} ÷ at ${stages[0]?.tenants}`;
  bar = rules.barOf({ kind: 'at-most', ratio: 1.3 });
  if (first === undefined || last === undefined || seconds.length < stages.length) return [...rows, rowOf(what, 's', bar, undefined)];
  const turn = (value: number): Turn => ({ value, cpuMs: {}, disturbance: { foreign: 0, platform: 0, steal: 0 }, complaint: undefined });
  return [...rows, rowOf(what, 's', bar, [{ ours: turn(last), reference: turn(first), ratio: last / first }])];
}

/** Until every one of them is Ready. What the operator does about them afterwards (nothing is expected) is waited for outside the clock. */
export async function byOperator(world: OperatorWorld, count: number): Promise<Turn> {
  const slugs = world.fresh(count);
  const turn = await timed(world, count, async () => {
    const ready = world.view.until(slugs, isReady, LIMIT_MS.least + LIMIT_MS.each * count);
    await Promise.all([world.apply(slugs), ready]);
  });
  await world.operator.atRest(LIMIT_MS.least + LIMIT_MS.each * count);
  return turn;
}

async function byScript(world: OperatorWorld, count: number): Promise<Turn> {
  const slugs = world.fresh(count);
  return world.byScript(slugs, (make) => timed(world, count, make));
}

async function timed(world: OperatorWorld, count: number, work: () => Promise<void>): Promise<Turn> {
  const { observed } = await observe(world.watching(), work);
  return {
    value: count / observed.seconds,
    cpuMs: Object.fromEntries(Object.entries(observed.cpuMs).map(([who, ms]) => [who, ms / count])),
    disturbance: observed.disturbance,
    complaint: observed.complaint,
  };
}
