import type { z } from 'zod';
import type { Refusal } from './import-target.ts';

/** The first thing a schema has against a row, in the row's words. */
export function refusalOf(error: z.ZodError): Refusal {
  const [issue] = error.issues;
  if (issue === undefined) return { code: 'invalid-value', field: null, message: 'is not valid' };
  if (issue.code === 'unrecognized_keys') {
    return { code: 'invalid-value', field: String(issue.keys[0]).slice(0, 100), message: 'is not a field of this resource' };
  }
  const field = issue.path.map(String).join('.').slice(0, 200);
  return { code: 'invalid-value', field: field === '' ? null : field, message: issue.message.slice(0, 500) };
}
