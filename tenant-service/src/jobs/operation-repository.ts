import type { OperationFailure, OperationKind, OperationStatus, RowError } from '@tenantry/contracts';
import { OPERATION_FAILURES } from '@tenantry/contracts';
import { type Answer, answerParameter, type IdempotencyKey } from '../journal/idempotency-keys.ts';
import type { TenantTransaction } from '../tenancy/doors.ts';
import { turnsOf } from './fair-turns.ts';
import * as statements from './operation-statements.ts';

/** A row of `operations`. Numbers that may be large come as text. */
export interface StoredOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly status: OperationStatus;
  readonly request: Readonly<Record<string, unknown>>;
  readonly actor: string;
  readonly version: number;
  readonly attempt: number;
  readonly done: string;
  readonly total: string | null;
  readonly created: string;
  readonly updated: string;
  readonly skipped: string;
  readonly failed: string;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly problem: Readonly<Record<string, unknown>> | null;
  readonly traceId: string;
  readonly traceparent: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly expiresAt: string | null;
  readonly firstErrors?: readonly RowError[] | null;
}

/** How far an operation is. */
export type ProgressedOperation = Pick<StoredOperation, 'id' | 'kind' | 'status' | 'version' | 'done' | 'total' | 'problem' | 'finishedAt'>;

/** What the queue should hold tickets for, the oldest first. */
export type OpenOperations = readonly { readonly operationId: string; readonly attempt: number }[];

/** An operation and the attempt it was given under. */
export interface TakenOperation extends StoredOperation {
  /** Takings in a row, this one counted, that got no further. */
  readonly futile: number;
}

export interface NewOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly request: Readonly<Record<string, unknown>>;
  readonly actor: string;
  readonly traceId: string;
  readonly traceparent: string;
  readonly createdAt: string;
}

/** A row of a file that was refused. */
export interface RefusedRow {
  readonly row: string;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
  readonly original: readonly string[];
}

const NOBODY_IS_DEAD_MS = 86_400_000;
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Says what the queue should hold then. @throws the database's error, 23505 when the key exists. */
export async function createOperation(
  tx: TenantTransaction,
  operation: NewOperation,
  key: IdempotencyKey | undefined,
  answer: Answer,
): Promise<OpenOperations> {
  const { id, kind, request, actor, traceId, traceparent, createdAt } = operation;
  const values = [id, kind, JSON.stringify(request), actor, traceId, traceparent, createdAt, answerParameter(key, answer)];
  const [, open] = await Promise.all([tx.run(statements.createOperation, values), waitingOperations(tx)]);
  return open;
}

export async function findOperation(tx: TenantTransaction, id: string): Promise<StoredOperation | undefined> {
  const [row] = await tx.run(statements.findOperation, [id]);
  return row as unknown as StoredOperation | undefined;
}

/** Of those among `ids` that are kept. */
export async function operationProgress(tx: TenantTransaction, ids: readonly string[]): Promise<ProgressedOperation[]> {
  return (await tx.run(statements.operationProgress, [ids])) as unknown as ProgressedOperation[];
}

/** Newest first, behind `after`. */
export async function listOperations(tx: TenantTransaction, limit: number, after: string | undefined): Promise<StoredOperation[]> {
  return (await tx.run(statements.listOperations, [after ?? HIGHEST_ID, limit])) as unknown as StoredOperation[];
}

/** Undefined when there is none that could be cancelled. */
export async function cancelOperation(tx: TenantTransaction, id: string): Promise<StoredOperation | undefined> {
  const [row] = await tx.run(statements.cancelOperation, [id]);
  return row as unknown as StoredOperation | undefined;
}

/** Undefined when somebody works on it, it has ended, or the tenant has enough running. */
export async function takeOperation(tx: TenantTransaction, id: string, leaseMs: number): Promise<TakenOperation | undefined> {
  const [row] = await tx.run(statements.takeOperation, [id, leaseMs, turnsOf(tx.tenant).running]);
  return row as unknown as TakenOperation | undefined;
}

/** False when the operation is no longer this attempt's: cancelled, or taken by another worker. */
export async function beat(tx: TenantTransaction, { id, attempt }: StoredOperation, done: number | null): Promise<boolean> {
  return (await tx.run(statements.beat, [id, attempt, done])).length === 1;
}

/** False as for {@link beat}: then the result is not kept. */
export async function succeed(tx: TenantTransaction, { id, attempt }: StoredOperation, done: number, result: unknown): Promise<boolean> {
  return (await tx.run(statements.finishOperation, [id, attempt, 'succeeded', done, JSON.stringify(result), null])).length === 1;
}

/** As {@link succeed}, and what the queue should hold then. */
export async function succeedAndLook(
  tx: TenantTransaction,
  operation: StoredOperation,
  done: number,
  result: unknown,
): Promise<{ readonly isKept: boolean; readonly open: OpenOperations }> {
  const [isKept, open] = await Promise.all([succeed(tx, operation, done, result), waitingOperations(tx)]);
  return { isKept, open };
}

export async function fail(
  tx: TenantTransaction,
  { id, attempt }: StoredOperation,
  code: OperationFailure,
  detail: string,
): Promise<boolean> {
  const problem = JSON.stringify({ code, title: OPERATION_FAILURES[code], detail });
  return (await tx.run(statements.finishOperation, [id, attempt, 'failed', null, null, problem])).length === 1;
}

/** Gives it back, for the next taker to go on at once. `futile`: this taking should count as one that failed. */
export async function release(tx: TenantTransaction, { id, attempt }: StoredOperation, futile: boolean): Promise<void> {
  await tx.run(statements.releaseOperation, [id, attempt, futile]);
}

/**
 * What the queue should hold tickets for: operations that wait, or were left by a worker that went silent; the oldest of the
 * tenant, as many as have a turn ({@link turnsOf}); never `but`.
 */
export async function openOperations(tx: TenantTransaction, leaseMs: number, but?: string): Promise<OpenOperations> {
  return (await tx.run(statements.openOperations, [leaseMs, turnsOf(tx.tenant).waiting, but ?? null])) as unknown as OpenOperations;
}

/** The same without what a dead worker left, which is the sweeper's to find. */
export async function waitingOperations(tx: TenantTransaction): Promise<OpenOperations> {
  return await openOperations(tx, NOBODY_IS_DEAD_MS);
}

export async function expiredOperations(tx: TenantTransaction): Promise<{ readonly id: string; readonly kind: OperationKind }[]> {
  return (await tx.run(statements.expiredOperations, [])) as unknown as { id: string; kind: OperationKind }[];
}

export async function removeOperation(tx: TenantTransaction, id: string): Promise<void> {
  await tx.run(statements.removeOperation, [id]);
}

/** In the order of the file, behind row `after`. */
export async function refusedRows(tx: TenantTransaction, id: string, after: string, limit: number): Promise<RefusedRow[]> {
  return (await tx.run(statements.refusedRows, [id, after, limit])) as unknown as RefusedRow[];
}

/** How many were removed. */
export async function removeOldKeys(tx: TenantTransaction, most: number): Promise<number> {
  const [row] = await tx.run(statements.removeOldKeys, [most]);
  return row?.count as number;
}
