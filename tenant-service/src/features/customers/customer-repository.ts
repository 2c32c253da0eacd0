import type { Customer } from '@tenantry/contracts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
import { searchPattern } from './customer-search.ts';
import * as statements from './customer-statements.ts';

/** A customer as stored: JSON text that goes out unchanged, and its version for the ETag. */
export interface StoredCustomer {
  readonly id: string;
  readonly version: number;
  readonly document: string;
}

/** Who changes something, under which trace, announced by which event. */
export interface Change {
  readonly actor: string;
  readonly traceId: string;
  readonly traceparent: string;
  readonly eventId: string;
}

/** A customer to be written and, when the request carried a key, what answers the key from then on. */
export interface NewRow extends Change {
  readonly id: string;
  /** JSON text of the whole customer. */
  readonly document: string;
  readonly key: { readonly key: string; readonly requestHash: string } | undefined;
}

/** The stored answer of an idempotency key. */
export interface StoredAnswer {
  readonly requestHash: string;
  readonly status: number;
  readonly body: string | null;
}

const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const HIGHEST_VERSION = 2_147_483_647;

/** All rows, or none. @throws the database's error, 23505 when an email address or a key exists. */
export async function createAll(tx: TenantTransaction, rows: readonly NewRow[]): Promise<void> {
  await tx.run(statements.createCustomers, [`[${rows.map(toInput).join(',')}]`]);
}

/** Ids of the rows written; one that is missing met a taken email address. @throws the database's error when a key exists already. */
export async function createPossible(tx: TenantTransaction, rows: readonly NewRow[]): Promise<Set<string>> {
  const written = await tx.run(statements.createPossibleCustomers, [`[${rows.map(toInput).join(',')}]`]);
  return new Set(written.map(({ id }) => id as string));
}

export async function findAnswer(tx: TenantTransaction, key: string): Promise<StoredAnswer | undefined> {
  const [row] = await tx.run(statements.findAnswer, [key]);
  return row as StoredAnswer | undefined;
}

/** Those that exist, by id. */
export async function findCustomers(tx: TenantTransaction, ids: readonly string[]): Promise<Map<string, StoredCustomer>> {
  const rows = (await tx.run(statements.findCustomers, [ids])) as unknown as StoredCustomer[];
  return new Map(rows.map((row) => [row.id, row]));
}

/** Newest first, behind `after`. */
export async function listCustomers(tx: TenantTransaction, limit: number, after: string | undefined): Promise<StoredCustomer[]> {
  return (await tx.run(statements.listCustomers, [after ?? HIGHEST_ID, limit])) as unknown as StoredCustomer[];
}

/** Best matches first. */
export async function searchCustomers(tx: TenantTransaction, term: string, limit: number): Promise<StoredCustomer[]> {
  const pattern = searchPattern(term);
  if (pattern === undefined) return [];
  return (await tx.run(statements.searchCustomers, [pattern, term, limit])) as unknown as StoredCustomer[];
}

/** False when the row is not there in that version (any more). @throws the database's error, 23505 when the email address is taken. */
export async function updateCustomer(
  tx: TenantTransaction,
  before: StoredCustomer,
  after: Customer,
  changed: readonly string[],
  change: Change,
): Promise<boolean> {
  const { actor, traceId, traceparent, eventId } = change;
  const rows = await tx.run(statements.updateCustomer, [
    before.id,
    before.version,
    before.document,
    JSON.stringify(after),
    changed,
    actor,
    traceId,
    traceparent,
    eventId,
  ]);
  return rows.length === 1;
}

/** False when the row is not there in that version (any more). */
export async function deleteCustomer(tx: TenantTransaction, before: StoredCustomer, at: string, change: Change): Promise<boolean> {
  const { actor, traceId, traceparent, eventId } = change;
  const rows = await tx.run(statements.deleteCustomer, [
    before.id,
    before.version,
    before.document,
    at,
    actor,
    traceId,
    traceparent,
    eventId,
  ]);
  return rows.length === 1;
}

/** Newest version first, below `before`. Also of deleted customers. */
export async function customerHistory(
  tx: TenantTransaction,
  id: string,
  limit: number,
  before: number | undefined,
): Promise<StoredCustomer[]> {
  return (await tx.run(statements.customerHistory, [id, before ?? HIGHEST_VERSION, limit])) as unknown as StoredCustomer[];
}

/** Text, not an object: the document is JSON already, and everything else is short. */
function toInput(row: NewRow): string {
  const { key } = row;
  const answer = key ? `,"k":${JSON.stringify(key.key)},"h":"${key.requestHash}","b":${JSON.stringify(row.document)}` : '';
  return `{"d":${row.document},"a":${JSON.stringify(row.actor)},"i":"${row.traceId}","t":"${row.traceparent}","e":"${row.eventId}"${answer}}`;
}
