import type { Customer } from '@tenantry/contracts';
import type { Attributes } from '../../attributes/attribute-rules.ts';
import { RulesChanged } from '../../attributes/attribute-schemas.ts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
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
  /** Version of the attribute schema it was checked against, and what of its attributes is indexed. */
  readonly rules: number;
  readonly indexed: Attributes | undefined;
  readonly key: { readonly key: string; readonly requestHash: string } | undefined;
}

/** The stored answer of an idempotency key. */
export interface StoredAnswer {
  readonly requestHash: string;
  readonly status: number;
  readonly body: string | null;
}

const HIGHEST_VERSION = 2_147_483_647;

/** All rows, or none. @throws RulesChanged; the database's error, 23505 when an email address, an external id or a key exists. */
export async function createAll(tx: TenantTransaction, rows: readonly NewRow[]): Promise<void> {
  const rules = rulesOf(rows);
  checkRules(await tx.run(statements.createCustomers, [`[${rows.map(toInput).join(',')}]`, rules]), rules);
}

/**
 * Ids of the rows written; one that is missing met a taken email address or external id.
 * @throws RulesChanged; the database's error when a key exists already.
 */
export async function createPossible(tx: TenantTransaction, rows: readonly NewRow[]): Promise<Set<string>> {
  const rules = rulesOf(rows);
  const written = await tx.run(statements.createPossibleCustomers, [`[${rows.map(toInput).join(',')}]`, rules]);
  checkRules(written, rules);
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

/** Attributes that changed: the version of the schema they were checked against, and what of them is indexed. */
export interface CheckedAttributes {
  readonly rules: number;
  readonly indexed: Attributes | undefined;
}

/**
 * False when the row is not there in that version (any more). `attributes` when they are among what changed.
 * @throws RulesChanged; the database's error, 23505 when the email address or the external id is taken.
 */
export async function updateCustomer(
  tx: TenantTransaction,
  before: StoredCustomer,
  after: Customer,
  changed: readonly string[],
  attributes: CheckedAttributes | undefined,
  change: Change,
): Promise<boolean> {
  const { actor, traceId, traceparent, eventId } = change;
  tx.changes([before.id]);
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
    attributes?.rules ?? null,
    attributes?.indexed === undefined ? null : JSON.stringify(attributes.indexed),
  ]);
  if (attributes !== undefined) checkRules(rows, attributes.rules);
  return rows[0]?.id !== null;
}

/** False when the row is not there in that version (any more). */
export async function deleteCustomer(tx: TenantTransaction, before: StoredCustomer, at: string, change: Change): Promise<boolean> {
  const { actor, traceId, traceparent, eventId } = change;
  tx.changes([before.id]);
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
  const indexed = row.indexed === undefined ? '' : `,"x":${JSON.stringify(row.indexed)}`;
  return `{"d":${row.document},"a":${JSON.stringify(row.actor)},"i":"${row.traceId}","t":"${row.traceparent}","e":"${row.eventId}"${indexed}${answer}}`;
}

/** Rows checked against different schemas cannot share a statement: each is then tried alone and learns for itself which one is old. */
function rulesOf(rows: readonly NewRow[]): number {
  const rules = rows[0]?.rules ?? 1;
  if (rows.some((row) => row.rules !== rules)) throw new RulesChanged('rows of one statement were checked against different schemas');
  return rules;
}

/** The statement wrote nothing when another schema was in force. @throws RulesChanged. */
export function checkRules(rows: readonly Readonly<Record<string, unknown>>[], rules: number): void {
  if (rows[0]?.rules !== rules) throw new RulesChanged('the attribute schema is another than the one the write was checked against');
}
