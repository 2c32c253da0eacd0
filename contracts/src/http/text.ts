import { z } from 'zod';

/**
 * Text that survives the way into PostgreSQL and back: no NUL (the server refuses it) and no lone surrogate (UTF-8 cannot say it).
 * Length is in UTF-16 units, as JSON Schema validators in most languages count.
 */
export const text = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed Unicode without NUL');

/** The same, and not blank. */
export const filledText = (maxLength: number) =>
  text(maxLength)
    .min(1)
    .refine((value) => value.trim().length > 0, 'must not be blank');

/**
 * A mailbox as people have them: RFC 5321 without quoted local parts and address literals. Labels of the domain are those DNS takes: up to 63
 * characters that neither begin nor end with a hyphen.
 */
export const EmailAddress = z
  .email({
    pattern:
      /^(?=[^@]{1,64}@)(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$/,
    error: 'must be an email address, e.g. ada@example.org',
  })
  .max(254);

/** The same of every text in a JSON value, keys included. */
export function isStorableJson(value: unknown): boolean {
  const json = JSON.stringify(value);
  // JSON.stringify writes a lone surrogate and NUL as \ud800…\udfff and \u0000; a well-formed pair stays as it is.
  return !/(?<!\\)(?:\\\\)*\\u(?:d[89a-f]|0000)/.test(json);
}
