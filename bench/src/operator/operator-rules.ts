import type { BenchOptions } from '../bench-options.ts';
import type { Bar } from '../measure/statistics.ts';

/** How a run of this bench goes about it. */
export interface OperatorRules extends Pick<BenchOptions, 'short' | 'despiteLoad'> {
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** The bar of the full form, or half of it. */
  readonly barOf: (bar: Bar) => Bar;
}
