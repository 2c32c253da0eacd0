import type { OperationFailure, OperationKind, OperationStatus, RowError } from '@tenantry/contracts';
import { OPERATION_FAILURES } from '@tenantry/contracts';
import { type Answer, answerParameter, type IdempotencyKey } from '../journal/idempotency-keys.ts';
import type { TenantTransaction } from '../tenancy/doors.ts';
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

const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** @throws the database's error, 23505 when the key exists. */
export async function createOperation(
  tx: TenantTransaction,
  operation: NewOperation,
  key: IdempotencyKey | undefined,
  answer: Answer,
): Promise<void> {
  const { id, kind, request, actor, traceId, traceparent, createdAt } = operation;
  const values = [id, kind, JSON.stringify(request), actor, traceId, traceparent, createdAt, answerParameter(key, answer)];
  await tx.run(statements.createOperation, values);
}

export async function findOperation(tx: TenantTransaction, id: string): Promise<StoredOperation | undefined> {
  const [row] = await tx.run(statements.findOperation, [id]);
  return row as unknown as StoredOperation | undefined;
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
export async function takeOperation(
  tx: TenantTransaction,
  id: string,
  limits: { readonly leaseMs: number; readonly mostRunning: number },
): Promise<TakenOperation | undefined> {
  const [row] = await tx.run(statements.takeOperation, [id, limits.leaseMs, limits.mostRunning]);
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

/** What the queue should hold tickets for: operations that wait, or were left by a worker that went silent. */
export async function openOperations(
  tx: TenantTransaction,
  leaseMs: number,
): Promise<{ readonly operationId: string; readonly attempt: number }[]> {
  return (await tx.run(statements.openOperations, [leaseMs])) as unknown as { operationId: string; attempt: number }[];
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
