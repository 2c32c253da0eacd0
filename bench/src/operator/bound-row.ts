import type { Turn } from '../measure/rounds.ts';
import { type Row, rowOf } from '../report/row.ts';
import type { OperatorRules } from './operator-rules.ts';

/** A row of what has a limit and nothing to be held against: its ratio is to the limit. Few seconds each, so no round is repeated. */
export function boundRow(
  what: string,
  unit: string,
  values: readonly number[],
  limit: number,
  rules: OperatorRules,
  more: { readonly notes?: Readonly<Record<string, number>>; readonly cpuMs?: Readonly<Record<string, number>> } = {},
): Row {
  const turn = (value: number, cpuMs: Readonly<Record<string, number>> = {}): Turn => ({
    ...{ value, cpuMs, notes: more.notes ?? {}, complaint: undefined },
    disturbance: { foreign: 0, platform: 0, steal: 0 },
  });
  const rounds = values.map((value) => ({ ours: turn(value, more.cpuMs), reference: turn(limit), ratio: value / limit }));
  return rowOf(what, unit, rules.barOf({ kind: 'at-most', ratio: 1 }), rounds);
}
