const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];

/** How long after each failure the next attempt is made; after the last there is none. Nearly four days: a weekend and a day to notice. */
export const RETRY_LADDER_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** Up to a tenth later, so that what failed together does not come back together. */
const JITTER = 0.1;

/**
 * Wait after the failure number `step` (from 1), never less than the receiver asked for; undefined: that was the last one.
 * `random` is from 0 to 1.
 */
export function retryAfterFailure(
  step: number,
  options: { readonly ladder: readonly number[]; readonly askedMs: number | undefined; readonly random: number },
): number | undefined {
  const wait = options.ladder[step - 1];
  if (wait === undefined) return undefined;
  return Math.round(Math.max(wait, options.askedMs ?? 0) * (1 + JITTER * options.random));
}
