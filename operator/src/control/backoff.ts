/** Grows twofold from `baseMs` per failure up to `maxMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Delay before try `failures` + 1. Half is fixed and half is chance (`random` in [0, 1)): keys that failed together do not come back together,
 * and none comes back at once. Pure.
 */
export function backoffMs({ baseMs, maxMs }: Backoff, failures: number, random: number): number {
  // 2^30 × 1 ms is already beyond any maximum; the bound keeps the power finite.
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return full / 2 + (full / 2) * random;
}
