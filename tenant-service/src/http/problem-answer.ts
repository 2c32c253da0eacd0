import { identityProblem } from '../keycloak/identity-problem.ts';
import { databaseProblem } from '../postgres/sql-errors.ts';
import { Problem } from '../problem.ts';
import type { Log } from '../telemetry/log.ts';
import type { PlainAnswer } from './plain.ts';
import type { Trace } from './trace.ts';

/**
 * Anything thrown → the answer (RFC 9457). The one place that looks at errors of requests: what is ours is logged once, with its whole cause
 * chain, and the caller learns the request id only.
 */
export function problemAnswer(error: unknown, trace: Trace, log: Log, writes: boolean): PlainAnswer {
  const problem =
    error instanceof Problem
      ? error
      : (databaseProblem(error, writes) ??
        identityProblem(error) ??
        new Problem('internal', 'Give the request id to support.', { cause: error }));
  if (problem.status >= 500) {
    // A server that is away is somebody's to see to, and no fault of ours.
    const level = problem.code === 'internal' ? 'error' : 'warn';
    log[level]({ err: problem.cause ?? problem, requestId: trace.requestId, 'trace.id': trace.traceId }, 'request failed');
  }
  const challenge =
    problem.status === 401 ? { 'www-authenticate': problem.code === 'token-missing' ? 'Bearer' : 'Bearer error="invalid_token"' } : {};
  return {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...challenge, ...problem.options.headers },
    body: JSON.stringify(problem.document(`urn:uuid:${trace.requestId}`)),
  };
}
