/** Why the API server, or the way to it, said no. */
export type KubeErrorReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  /** 410: the resourceVersion or continue token is too old; list anew. */
  | 'Gone'
  | 'Forbidden'
  | 'Unauthorized'
  /** 422: validation or an admission policy refused; the message names field and fix. */
  | 'Invalid'
  | 'BadRequest'
  | 'TooManyRequests'
  | 'Timeout'
  | 'Unavailable'
  /** No answer at all: refused connection, broken TLS, DNS. */
  | 'Unreachable';

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly reason: KubeErrorReason;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** `details` of the server's Status: causes with field names. */
  readonly details: unknown;
  /** The answer as it came: behind a proxy of the API server it is another server's. */
  readonly body: unknown;

  constructor(
    reason: KubeErrorReason,
    message: string,
    more: { status?: number; retryAfterMs?: number | undefined; details?: unknown; body?: unknown; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.reason = reason;
    this.status = more.status;
    this.retryAfterMs = more.retryAfterMs;
    this.details = more.details;
    this.body = more.body;
  }
}

/** True for a KubeError, and when reasons are given only for those. */
export function isKubeError(error: unknown, ...reasons: KubeErrorReason[]): error is KubeError {
  return error instanceof KubeError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** The `Status` object in a refused call's body, or in a watch's ERROR event. */
export interface KubeStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

/** Translates the server's answer. `what` names the call for the person who reads the log. */
export function errorFromStatus(what: string, status: number, body: KubeStatus | undefined, retryAfterHeader?: string): KubeError {
  const seconds = body?.details?.retryAfterSeconds ?? Number(retryAfterHeader);
  return new KubeError(reasonOf(status, body?.reason), `${what}: ${body?.message ?? `HTTP ${status}`}`, {
    status,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
    details: body?.details,
    body,
  });
}

function reasonOf(status: number, reason: string | undefined): KubeErrorReason {
  switch (status) {
    case 400:
      return 'BadRequest';
    case 401:
      return 'Unauthorized';
    case 403:
      return 'Forbidden';
    case 404:
      return 'NotFound';
    case 409:
      return reason === 'AlreadyExists' ? 'AlreadyExists' : 'Conflict';
    case 410:
      return 'Gone';
    case 422:
      return 'Invalid';
    case 429:
      return 'TooManyRequests';
    case 408:
    case 504:
      return 'Timeout';
    default:
      return status >= 500 ? 'Unavailable' : 'BadRequest';
  }
}
