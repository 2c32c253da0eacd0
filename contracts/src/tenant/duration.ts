import { z } from 'zod';

/**
 * Hours, minutes, seconds and milliseconds in that order: `720h`, `1h30m`, `5s`, `500ms`, `0s`. The same pattern stands in the CRDs.
 * Narrower than the API server's `format: duration`, which also takes `3 days` and `P1D`: one grammar, one parser.
 */
export const DURATION_PATTERN = /^([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?$/;

const MS_PER_UNIT = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

export const Duration = z.string().min(2).max(16).regex(DURATION_PATTERN, 'must be a duration such as 720h, 1h30m, 5s or 500ms');

/** Milliseconds. @throws ZodError when the text is not a duration. */
export function durationMs(text: string): number {
  let total = 0;
  for (const [, amount, unit] of Duration.parse(text).matchAll(/([0-9]+)(ms|h|m|s)/g)) {
    total += Number(amount) * MS_PER_UNIT[unit as keyof typeof MS_PER_UNIT];
  }
  return total;
}
