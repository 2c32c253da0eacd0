import { type ProblemDocument, ProblemError } from '@tenantry/contracts';

/** The problem a call was answered with, and the current ETag a 412 carries. @throws when the call succeeded, or failed otherwise. */
export function problemOf(call: Promise<unknown>): Promise<ProblemDocument & { readonly etag: string | null }> {
  return call.then(
    () => {
      throw new Error('expected a problem');
    },
    (error: unknown) => {
      if (error instanceof ProblemError) return { ...error.problem, etag: error.etag };
      throw error;
    },
  );
}

/** `accepted`, the code of the problem, or what else went wrong. */
export function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'accepted',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : String(error)),
  );
}
