/** Half of a sample and the values a quarter of it lies under and over. */
export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** Interpolated linearly between neighbours. @throws RangeError for an empty sample: there is nothing to say about it. */
export function quartilesOf(sample: readonly number[]): Quartiles {
  if (sample.length === 0) throw new RangeError('an empty sample has no quartiles');
  const sorted = [...sample].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const [low = 0, high = low] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
    return low + (high - low) * (place - below);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

/** What the ratio has to be. */
export interface Bar {
  readonly kind: 'at-least' | 'at-most';
  readonly ratio: number;
}

/** `met` and `missed` are said only when the sample is clear; a median on the wrong side with a quartile on the right one is `unclear`. */
export type Verdict = 'met' | 'missed' | 'unclear';

/** Met when the median is on the bar's good side; missed only when the better quartile is on its bad side too, so that noise does not flap. */
export function verdictOf(ratios: Quartiles, bar: Bar): Verdict {
  const good = (ratio: number): boolean => (bar.kind === 'at-least' ? ratio >= bar.ratio : ratio <= bar.ratio);
  if (good(ratios.median)) return 'met';
  return good(bar.kind === 'at-least' ? ratios.upper : ratios.lower) ? 'unclear' : 'missed';
}
