import type { Customer } from '@tenantry/contracts';
import type { IdempotencyKey } from '../../journal/idempotency-keys.ts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
import * as statements from './customer-life-statements.ts';
import { type Change, type CheckedAttributes, checkRules, type StoredCustomer } from './customer-repository.ts';

/** Undefined when there is no deleted customer with this id. @throws the database's error, 23505 when email address, external id or key is taken. */
export async function restoreCustomer(
  tx: TenantTransaction,
  id: string,
  at: string,
  change: Change,
  key: IdempotencyKey | undefined,
): Promise<StoredCustomer | undefined> {
  tx.changes([id]);
  const [row] = await tx.run(statements.restoreCustomer, [id, at, ...partsOf(change), keyParameter(key)]);
  return row as StoredCustomer | undefined;
}

/** Undefined when there is no such customer, nothing would differ, or it would have too many. @throws the database's error, 23505 for a key. */
export async function changeTags(
  tx: TenantTransaction,
  how: 'add' | 'remove',
  id: string,
  tags: readonly string[],
  at: string,
  change: Change,
  key: IdempotencyKey | undefined,
): Promise<StoredCustomer | undefined> {
  tx.changes([id]);
  const statement = how === 'add' ? statements.addTags : statements.removeTags;
  const [row] = await tx.run(statement, [id, tags, at, ...partsOf(change), keyParameter(key)]);
  return row as StoredCustomer | undefined;
}

/** JSON texts, most used first. */
export async function listTags(tx: TenantTransaction, startsWith: string): Promise<string[]> {
  return (await tx.run(statements.listTags, [startsWith])).map(({ item }) => item as string);
}

export async function findByExternalId(tx: TenantTransaction, externalId: string): Promise<StoredCustomer | undefined> {
  const [row] = await tx.run(statements.findByExternalId, [externalId]);
  return row as StoredCustomer | undefined;
}

/** Undefined when what is stored is this already. @throws RulesChanged; the database's error, 23505 when the email address is taken. */
export async function upsertCustomer(
  tx: TenantTransaction,
  customer: Customer,
  { rules, indexed }: CheckedAttributes,
  change: Change,
): Promise<(StoredCustomer & { readonly created: boolean }) | undefined> {
  const rows = await tx.run(statements.upsertCustomer, [
    JSON.stringify(customer),
    rules,
    indexed === undefined ? null : JSON.stringify(indexed),
    ...partsOf(change),
  ]);
  const [row] = rows;
  // Only now is it known which one; until then the door took it to be any.
  tx.changes(typeof row?.id === 'string' ? [row.id] : []);
  checkRules(rows, rules);
  return row?.id === null ? undefined : (row as unknown as StoredCustomer & { readonly created: boolean });
}

const partsOf = ({ actor, traceId, traceparent, eventId }: Change): string[] => [actor, traceId, traceparent, eventId];

const keyParameter = (key: IdempotencyKey | undefined): string => JSON.stringify(key ?? {});
