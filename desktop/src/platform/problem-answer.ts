import { PROBLEMS, type ProblemCode, type ProblemDocument, problemType } from '@tenantry/contracts';
import type { PlatformError } from './platform-error.ts';
import { UNREACHED_HEADER } from './unreached.ts';

/** What the api would have answered, for a call that never reached it: screens know one kind of failure. */
export function problemAnswer(code: ProblemCode, detail: string, headers: Readonly<Record<string, string>> = {}): Response {
  const { status, title } = PROBLEMS[code];
  const body: ProblemDocument = { type: problemType(code), title, status, detail, instance: '', code };
  const unreached = code === 'unavailable' ? { [UNREACHED_HEADER]: 'yes' } : {};
  return Response.json(body, { status, headers: { ...headers, ...unreached, 'content-type': 'application/problem+json' } });
}

/** The same for a call for which there was no token. */
export function refusedAnswer({ problem }: PlatformError, headers: Readonly<Record<string, string>> = {}): Response {
  const known: Partial<Record<typeof problem.code, ProblemCode>> = { 'not-signed-in': 'token-missing', forbidden: 'tenant-unknown' };
  return problemAnswer(known[problem.code] ?? 'unavailable', problem.detail, headers);
}
