import { z } from 'zod';

/** Years a database, a calendar and a person agree on. */
const FIRST = Date.UTC(1900, 0, 1);
const LAST = Date.UTC(2200, 0, 1);

/**
 * An instant in a request: RFC 3339 with `Z` or an offset. What comes out is UTC with three digits of a second, as every answer has it; finer
 * digits are cut off.
 */
export const Instant = z.iso
  .datetime({ offset: true })
  .refine((text) => {
    const at = Date.parse(text);
    return at >= FIRST && at < LAST;
  }, 'must be an instant of the years 1900 to 2199')
  .transform((text) => new Date(text).toISOString())
  .meta({ description: 'RFC 3339, e.g. `2026-11-22T14:00:00Z`.' });

/** `?asOf=`. */
export const AsOf = Instant.optional().meta({ description: 'Answers as it would have been answered at this instant. RFC 3339.' });
