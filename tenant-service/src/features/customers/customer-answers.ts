import type { Call } from '../../http/pipeline.ts';
import type { Answer } from '../../journal/idempotency-keys.ts';
import { brokenCheck } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import type { Change, StoredCustomer } from './customer-repository.ts';

/** Headers of every answer with a customer in it. */
export const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

export const etagOf = (version: number): string => `"${version}"`;

/** A customer's path. */
export const locationOf = (id: string): string => `/v1/customers/${id}`;

/** One customer. */
export function single({ document, version }: Omit<StoredCustomer, 'id'>): Answer {
  return { status: 200, headers: { ...JSON_TYPE, etag: etagOf(version) }, body: document };
}

/** Who changes something by this request, and the event that will tell of it. */
export function changeOf({ actor, trace }: Pick<Call, 'actor' | 'trace'>): Change {
  return { actor: actor.subject, traceId: trace.traceId, traceparent: trace.traceparent, eventId: uuidv7() };
}

/** For an id that is not there, was deleted, or is another tenant's: nobody can tell which. */
export function notFound(): Problem {
  return new Problem('not-found', 'There is no such customer.');
}

/** The current version's tag goes along, so that a client need not ask for it. */
export function stale(version: number): Problem {
  return new Problem('version-stale', `The customer is in version ${version} now. Read it again and repeat the change.`, {
    headers: { etag: etagOf(version) },
  });
}

/** The refusal of a unique index in the caller's words. */
export function taken(constraint: string, cause: unknown): Problem {
  switch (constraint) {
    case 'customers_email_unique':
      return new Problem('customer-email-taken', 'Another customer of this tenant has this email address.', {
        cause,
        errors: [{ pointer: '/email', detail: 'is taken' }],
      });
    case 'customers_external_id_unique':
      return new Problem('customer-external-id-taken', 'Another customer of this tenant has this external id.', {
        cause,
        errors: [{ pointer: '/externalId', detail: 'is taken' }],
      });
    default:
      return new Problem('customer-conflict', 'The customer conflicts with one that exists.', { cause });
  }
}

/** The database does not let a customer go that has an account which is not closed; undefined for any other error. */
export function hasOpenAccounts(error: unknown): Problem | undefined {
  return brokenCheck(error) === 'customers_deleted_has_no_open_accounts' ? openAccounts(error) : undefined;
}

export function openAccounts(cause: unknown): Problem {
  return new Problem('customer-has-open-accounts', 'Close the accounts of this customer first.', { cause });
}
