import type { Round, Turn } from '../measure/rounds.ts';
import { type Bar, type Quartiles, quartilesOf, type Verdict, verdictOf } from '../measure/statistics.ts';

/** One line of a bench's table, with everything it was made of. */
export interface Row {
  readonly what: string;
  /** Of the values below, e.g. `req/s`. */
  readonly unit: string;
  readonly ours: number | undefined;
  readonly reference: number | undefined;
  readonly ratio: Quartiles | undefined;
  /** Absent for a row that is only reported. */
  readonly bar: Bar | undefined;
  readonly verdict: Verdict | 'no figure' | 'reported';
  /** Median CPU milliseconds per operation, ours and the reference's, by who used them. */
  readonly cpuMs: { readonly ours: Readonly<Record<string, number>>; readonly reference: Readonly<Record<string, number>> };
  readonly notes: Readonly<Record<string, number>>;
  readonly rounds: readonly Round[];
}

/** Sums up the rounds of a contest. Without rounds the machine was too busy, and the row says so. */
export function rowOf(what: string, unit: string, bar: Bar | undefined, rounds: readonly Round[] | undefined): Row {
  if (rounds === undefined || rounds.length === 0) {
    const nothing = { ours: {}, reference: {} };
    return {
      what,
      unit,
      ours: undefined,
      reference: undefined,
      ratio: undefined,
      bar,
      verdict: 'no figure',
      cpuMs: nothing,
      notes: {},
      rounds: [],
    };
  }
  const ratio = quartilesOf(rounds.map((round) => round.ratio));
  const ours = rounds.map((round) => round.ours);
  const reference = rounds.map((round) => round.reference);
  return {
    what,
    unit,
    ours: median(ours.map(({ value }) => value)),
    reference: median(reference.map(({ value }) => value)),
    ratio,
    bar,
    verdict: bar === undefined ? 'reported' : verdictOf(ratio, bar),
    cpuMs: { ours: medians(ours.map((turn) => turn.cpuMs)), reference: medians(reference.map((turn) => turn.cpuMs)) },
    notes: medians(ours.map((turn: Turn) => turn.notes ?? {})),
    rounds,
  };
}

function median(values: readonly number[]): number {
  return quartilesOf(values).median;
}

/** Median of each name over all records. */
function medians(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = Object.keys(records[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, median(records.map((record) => record[name] ?? 0))]));
}
