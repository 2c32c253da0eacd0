/** A span of time, in ms since 1970: from `from` up to, but not including, `before`. */
export interface Span {
  readonly from: number;
  readonly before: number;
  /** How far back `from` was meant to be. */
  readonly width: number;
}

/** Where nothing is known yet. */
export const FIRST_WIDTH_MS = 60_000;
const LEAST_WIDTH_MS = 1000;
/** A look that took less may look at four times as much next; one that took longer than the second had better look at less. */
const QUICK_MS = 50;
const SLOW_MS = 200;

/** The newest span below `before`, `width` long. `now` matters only when `before` lies in the future, where nothing but a fast clock's rows can be. */
export function firstSpan(before: number, now: number, oldest: number, width = FIRST_WIDTH_MS): Span {
  return spanBelow(before, Math.min(before, now), width, oldest);
}

/** The newest part of a span that took too long; null when it cannot be narrower. */
export function narrowerSpan({ before, width }: Span, now: number, oldest: number): Span | null {
  if (width <= LEAST_WIDTH_MS) return null;
  return spanBelow(before, Math.min(before, now), Math.max(LEAST_WIDTH_MS, width / 16), oldest);
}

/** The next older span, as wide as the last one lets expect that it is read quickly; null behind `oldest`. */
export function nextSpan(span: Span, tookMs: number, oldest: number): Span | null {
  if (span.from <= oldest) return null;
  const factor = tookMs < QUICK_MS ? 4 : tookMs < SLOW_MS ? 1 : 0.25;
  return spanBelow(span.from, span.from, Math.max(LEAST_WIDTH_MS, span.width * factor), oldest);
}

function spanBelow(before: number, end: number, width: number, oldest: number): Span {
  return { from: Math.max(oldest, end - width), before, width };
}
