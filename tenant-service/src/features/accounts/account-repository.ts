import { requireHistoryAt } from '../../archive/require-history-at.ts';
import { type Answer, answerParameter, type IdempotencyKey } from '../../journal/idempotency-keys.ts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
import * as statements from './account-statements.ts';
import { type AccountThen, accountDocumentThen } from './account-then.ts';

/** An account as stored: JSON text that goes out unchanged, and the versions a change is checked against. */
export interface StoredAccount {
  readonly version: number;
  /** The version of its last change that was no posting. */
  readonly settingsVersion: number;
  readonly document: string;
}

/** An account of a page. */
export interface ListedAccount {
  readonly id: string;
  readonly document: string;
}

/** One version as history has it. */
export interface AccountVersionRow {
  readonly version: number;
  readonly change: string;
  readonly changedAt: string;
  readonly actor: string;
  readonly traceId: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** Who changes something, under which trace, announced by which event. */
export interface Change {
  readonly actor: string;
  readonly traceId: string;
  readonly traceparent: string;
  readonly eventId: string;
}

/** The fields of an account that change. */
export interface AccountSettings {
  readonly name: string | null;
  readonly status: string;
  readonly overdraftLimitMinor: string;
}

const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const HIGHEST_VERSION = 2_147_483_647;
/** How many open accounts a customer has is nothing its document shows. */
const NO_CUSTOMER: readonly string[] = [];

/** False when there is no such customer. @throws the database's error, 23505 when the number or the key exists. */
export async function createAccount(
  tx: TenantTransaction,
  document: string,
  change: Change,
  key: IdempotencyKey | undefined,
  answer: Answer,
): Promise<boolean> {
  tx.changes(NO_CUSTOMER);
  const { actor, traceId, traceparent, eventId } = change;
  const values = [document, actor, traceId, traceparent, eventId, answerParameter(key, answer)];
  return (await tx.run(statements.createAccount, values)).length === 1;
}

export async function findAccount(tx: TenantTransaction, id: string): Promise<StoredAccount | undefined> {
  const [row] = await tx.run(statements.findAccount, [id]);
  return row as StoredAccount | undefined;
}

/** As it was at `instant`; undefined when it did not exist yet. */
export async function findAccountThen(tx: TenantTransaction, id: string, instant: string): Promise<string | undefined> {
  const [[row]] = (await Promise.all([tx.run(statements.accountAsOf, [id, instant]), requireHistoryAt(tx, instant)])) as unknown as [
    AccountThen[],
  ];
  return row && accountDocumentThen(row);
}

/** Newest first, behind `after`; undefined when there is no such customer. */
export async function customerAccounts(
  tx: TenantTransaction,
  customerId: string,
  limit: number,
  after: string | undefined,
): Promise<ListedAccount[] | undefined> {
  const rows = await tx.run(statements.customerAccounts, [customerId, after ?? HIGHEST_ID, limit]);
  if (rows.length === 0) return undefined;
  return rows.filter(({ id }) => id !== null) as unknown as ListedAccount[];
}

/** The same at `instant`. */
export async function customerAccountsThen(
  tx: TenantTransaction,
  customerId: string,
  limit: number,
  after: string | undefined,
  instant: string,
): Promise<ListedAccount[] | undefined> {
  const [existed, rows] = await Promise.all([
    tx.run(statements.customerExistedAt, [customerId, instant]),
    tx.run(statements.customerAccountsAsOf, [customerId, instant, after ?? HIGHEST_ID, limit]),
    requireHistoryAt(tx, instant),
  ]);
  if (existed.length === 0) return undefined;
  return (rows as unknown as (AccountThen & { id: string })[]).map((row) => ({ id: row.id, document: accountDocumentThen(row) }));
}

/**
 * Undefined when the account is not there, or was changed since the version `ifMatch`.
 * @throws the database's error, 23514 when a rule of the table refuses it.
 */
export async function updateAccount(
  tx: TenantTransaction,
  id: string,
  ifMatch: number,
  { name, status, overdraftLimitMinor }: AccountSettings,
  changed: readonly string[],
  at: string,
  { actor, traceId, traceparent, eventId }: Change,
): Promise<{ version: number; document: string } | undefined> {
  tx.changes(NO_CUSTOMER);
  const values = [id, ifMatch, name, status, overdraftLimitMinor, at, changed, actor, traceId, traceparent, eventId];
  const [row] = await tx.run(statements.updateAccount, values);
  return row as { version: number; document: string } | undefined;
}

/** Newest version first, below `before`. */
export async function accountHistory(
  tx: TenantTransaction,
  id: string,
  limit: number,
  before: number | undefined,
): Promise<AccountVersionRow[]> {
  return (await tx.run(statements.accountHistory, [id, before ?? HIGHEST_VERSION, limit])) as unknown as AccountVersionRow[];
}
