import { setTimeout as pause } from 'node:timers/promises';
import { TENANTS } from '@tenantry/operator/kubernetes/resources.ts';
import { observe } from '../measure/watcher.ts';
import type { Row } from '../report/row.ts';
import { boundRow } from './bound-row.ts';
import type { OperatorRules } from './operator-rules.ts';
import type { OperatorWorld } from './operator-world.ts';
import { isReady } from './tenant-view.ts';

const START_LIMIT_S = 10;
const RSS_LIMIT_MB = 200;
const SEEN_LIMIT_S = 1;
/** A look at one tenant in full, on a busy machine. */
export const LOOK_MS = 1500;
/** Between two edits: each is one person's. */
const EDIT_EVERY_MS = 400;

/**
 * Starts anew among Ready tenants: how long until each was taken up once, and what was written until every one was looked at in full as well, and
 * every kind listed again. Then once more, with edits of specs while it looks at everyone.
 */
export async function restartRows(world: OperatorWorld, rules: OperatorRules): Promise<Row[]> {
  const count = world.made.length;
  const starts: { seconds: number; complaint: string | undefined; cpuMs: Readonly<Record<string, number>> }[] = [];
  let writes = 0;
  let lists = 0;
  let resident = 0;
  const times = rules.short ? 1 : 3;
  for (let time = 0; time < times; time += 1) {
    rules.signal.throwIfAborted();
    await world.stop();
    const before = (await world.writes()).length;
    const { observed } = await observe(world.watching(), async () => {
      await world.start('bench');
      await world.operator.until('every tenant once', (metric) => metric('controller_runtime_reconcile_total') >= count, 120_000);
    });
    starts.push({ seconds: observed.seconds, complaint: observed.complaint, cpuMs: observed.cpuMs });
    rules.say(`restart ${time + 1} of ${times}: ${observed.seconds.toFixed(2)} s until each of ${count} was taken up`);
    if (time < times - 1) continue;
    // Everyone is looked at in full once more, at the operator's own pace.
    const looked = performance.now();
    await world.operator.until(
      'every tenant in full',
      (metric) => metric('controller_runtime_reconcile_total') >= 2 * count && metric('control_informer_lists_total') > LISTED_AGAIN,
      60_000 + LOOK_MS * count,
    );
    await world.operator.atRest(60_000);
    const metric = await world.operator.metrics();
    rules.say(`every tenant looked at in full after another ${((performance.now() - looked) / 1000).toFixed(1)} s`);
    const written = (await world.writes()).slice(before);
    writes = written.length + metric('tenantry_operator_effects_total');
    lists = metric('control_informer_lists_total');
    resident = world.operator.residentMb().most;
    if (writes > 0) rules.say(`written: ${JSON.stringify(written.slice(0, 3))}, effects ${metric('tenantry_operator_effects_total')}`);
  }
  const what = `restart with ${count} Ready tenants ÷ ${START_LIMIT_S} s (no write until all were looked at and listed again; RSS ≤ ${RSS_LIMIT_MB} MB)`;
  const notes = { writes, lists, 'RSS MB at most': resident };
  const row = boundRow(
    what,
    's',
    starts.map(({ seconds }) => seconds),
    START_LIMIT_S,
    rules,
    { notes, cpuMs: starts.at(-1)?.cpuMs ?? {} },
  );
  return [writes > 0 || resident > RSS_LIMIT_MB ? { ...row, verdict: 'missed' } : row, await editsRow(world, rules)];
}

/** More lists than there are kinds: some were listed a second time. */
const LISTED_AGAIN = 20;

/** Edits while a fresh operator looks at everyone in full. Seen: the status answers for the new generation. */
async function editsRow(world: OperatorWorld, rules: OperatorRules): Promise<Row> {
  await world.stop();
  await world.start('bench');
  const count = world.made.length;
  await world.operator.until('every tenant once', (metric) => metric('controller_runtime_reconcile_total') >= count, 120_000);
  const edited = world.made.filter((_, index) => index % Math.ceil(count / (rules.short ? 8 : 40)) === 0);
  const seen: number[] = [];
  const ready: number[] = [];
  for (const [index, name] of edited.entries()) {
    const started = performance.now();
    const { metadata } = await world.user.patch(TENANTS, { name }, { spec: { displayName: `Edited ${index} of ${started}` } });
    const [at = 0] = await world.view.until(
      [name],
      ({ status }) => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0),
      60_000,
    );
    seen.push((at - started) / 1000);
    const [readyAt = 0] = await world.view.until([name], isReady, 60_000);
    ready.push((readyAt - started) / 1000);
    await pause(EDIT_EVERY_MS);
  }
  const metric = await world.operator.metrics();
  const left = 2 * count + edited.length - metric('controller_runtime_reconcile_total');
  rules.say(`${edited.length} edits while everyone was looked at; ${Math.max(0, left)} looks were still to come after the last`);
  const p95 = percentile(seen);
  return boundRow(`edit seen during a look at all ${count}, p95 ÷ ${SEEN_LIMIT_S} s`, 's', [p95], SEEN_LIMIT_S, rules, {
    notes: {
      edits: edited.length,
      'p95 until Ready s': percentile(ready),
      'slowest seen s': Math.max(...seen),
      'looks left': Math.max(0, left),
    },
  });
}

/** The value that 95 of 100 stay under. */
export function percentile(values: readonly number[], share = 0.95): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
