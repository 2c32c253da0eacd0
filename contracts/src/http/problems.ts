import { z } from 'zod';

/**
 * Every error a caller may see (RFC 9457). Append-only: clients match on the code, which is the last segment of `type`.
 * `status` is the HTTP status, `title` never varies for a code; what varies goes into `detail` and `errors`.
 */
export const PROBLEMS = {
  'malformed-json': { status: 400, title: 'The body is not well-formed JSON' },
  'invalid-request': { status: 400, title: 'The request does not fit the operation' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one this query gave out' },
  'malformed-request': { status: 400, title: 'The request is not well-formed HTTP' },
  'token-missing': { status: 401, title: 'An access token is required' },
  'token-invalid': { status: 401, title: 'The access token is not accepted' },
  'role-missing': { status: 403, title: 'Your role does not allow this' },
  'tenant-unknown': { status: 403, title: 'The token names no tenant that is served here' },
  'tenant-suspended': { status: 403, title: 'The tenant is suspended' },
  'tenant-read-only': { status: 403, title: 'The tenant is read-only' },
  'tenant-closed': { status: 403, title: 'The tenant is closed' },
  'quota-exceeded': { status: 403, title: 'A quota of the plan is used up' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'customer-merged': { status: 404, title: 'The customer was merged into another one' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'not-acceptable': { status: 406, title: 'None of the accepted media types can be answered' },
  'customer-email-taken': { status: 409, title: 'Another customer has this email address' },
  'customer-external-id-taken': { status: 409, title: 'Another customer has this external id' },
  'view-name-taken': { status: 409, title: 'You have a view of this name' },
  'report-schedule-name-taken': { status: 409, title: 'Another schedule has this name' },
  'customer-conflict': { status: 409, title: 'The change conflicts with what is stored' },
  'customer-not-deleted': { status: 409, title: 'The customer is not deleted' },
  'batch-refused': { status: 409, title: 'Nothing of the batch was done' },
  'attributes-do-not-fit': { status: 409, title: 'Customers that exist do not fit the schema' },
  'customer-has-open-accounts': { status: 409, title: 'The customer has accounts that are not closed' },
  'account-number-taken': { status: 409, title: 'Another account has this number' },
  'account-not-empty': { status: 409, title: 'The balance is not zero' },
  'account-not-active': { status: 409, title: 'The account takes no postings' },
  'insufficient-funds': { status: 409, title: 'The balance and the overdraft limit do not cover this' },
  'balance-out-of-range': { status: 409, title: 'The balance would have too many digits' },
  'currency-mismatch': { status: 409, title: 'The account has another currency' },
  'transaction-reversed': { status: 409, title: 'The transaction has been reversed already' },
  'transaction-not-reversible': { status: 409, title: 'A reversal cannot be reversed' },
  'operation-finished': { status: 409, title: 'The operation has ended already' },
  'user-exists': { status: 409, title: 'The person is a member already' },
  'last-admin': { status: 409, title: 'A tenant keeps at least one active admin' },
  'machine-client-exists': { status: 409, title: 'Another machine client has this name' },
  'rotation-under-way': { status: 409, title: 'A rotation of this secret is under way' },
  'change-under-way': { status: 409, title: 'An earlier change is still being carried out' },
  'webhook-endpoint-disabled': { status: 409, title: 'The webhook endpoint is disabled' },
  'limit-reached': { status: 409, title: 'The tenant has as many of these as it may have' },
  'merge-conflict': { status: 409, title: 'The merge cannot be undone any more' },
  archived: { status: 410, title: 'What was asked for has moved to the archive' },
  'version-stale': { status: 412, title: 'The resource has changed since it was read' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body has the wrong media type' },
  'tenant-served-elsewhere': { status: 421, title: 'This tenant is served at another address' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used for another request' },
  'if-match-missing': { status: 428, title: 'If-Match is required' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'headers-too-large': { status: 431, title: 'The header fields are too large' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'A part we need is away' },
  'statement-timeout': { status: 503, title: 'The request took too long and was stopped' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** `type` of a problem: a stable address per code. */
export const problemType = (code: ProblemCode): string => `https://tenantry.dev/problems/${code}`;

/** One place in the request that is wrong. `pointer` is a JSON Pointer into the body, or `/query/…`, `/path/…`, `/header/…`. */
export const ProblemPlace = z.strictObject({ pointer: z.string(), detail: z.string() }).meta({ id: 'ProblemPlace' });

/** The body of every error answer, media type `application/problem+json`. */
export const ProblemDocument = z
  .looseObject({
    type: z.url(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    /** The request id, to be given to support. */
    instance: z.string(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    errors: z.array(ProblemPlace).optional(),
    /** Only for `tenant-served-elsewhere`: where the tenant is served. */
    url: z.string().optional(),
    /** Only for `quota-exceeded`: which quota, how much of it the plan gives, and how much is used. */
    quota: z.string().optional(),
    limit: z.int().optional(),
    used: z.int().optional(),
  })
  .meta({ id: 'Problem' });

export type ProblemPlace = z.infer<typeof ProblemPlace>;
export type ProblemDocument = z.infer<typeof ProblemDocument>;
