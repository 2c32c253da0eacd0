import { hash } from 'node:crypto';
import { brokenUnique } from '../postgres/sql-errors.ts';
import { TenantStatement } from '../postgres/statement.ts';
import { Problem } from '../problem.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';

/** An Idempotency-Key as it is stored: scoped to one caller and one operation, so that two callers may choose the same without meeting. */
export interface IdempotencyKey {
  readonly key: string;
  /** SHA-256 of what was asked: the same key with something else asked is refused. */
  readonly requestHash: string;
}

/** An answer as it is stored and repeated; an answer of the http room fits. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** The parts of a call a key is made from. */
interface Asked {
  readonly actor: { readonly subject: string };
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
}

/** Undefined for a request without a key. */
export function idempotencyKeyOf(operationId: string, call: Asked): IdempotencyKey | undefined {
  if (call.idempotencyKey === undefined) return undefined;
  const asked = JSON.stringify([call.params, call.query, call.body]);
  return { key: `${operationId}:${call.actor.subject}:${call.idempotencyKey}`, requestHash: hash('sha256', asked, 'hex') };
}

/**
 * A CTE that stores the answer of a request with a key, made from the rows really written (design D7): nothing is stored when `written` is
 * empty, and a key that exists fails the whole statement. `parameter` is the statement's `$n` for {@link answerParameter}.
 */
export const storeAnswer = (parameter: string, written: string): string => `
  insert into {schema}.idempotency_keys (key, request_hash, status, headers, body)
  select r.key, r."requestHash", r.status, r.headers, r.body
  from jsonb_to_record(${parameter}::jsonb) as r(key text, "requestHash" text, status smallint, headers jsonb, body text)
  where r.key is not null and exists (select from ${written})`;

/** What {@link storeAnswer} reads; null without a key. */
export function answerParameter(key: IdempotencyKey | undefined, answer: Answer): string | null {
  if (key === undefined) return null;
  return JSON.stringify({ ...key, status: answer.status, headers: answer.headers, body: answer.body ?? null });
}

/**
 * Runs a write whose statement stores its answer under the key; when the key exists, answers what is stored. Refusals are not stored, so a
 * caller may correct what was refused and use the key again.
 * @throws Problem idempotency-key-reused; what `write` throws.
 */
export async function writeOnce(
  door: Door,
  tenant: Tenant,
  key: IdempotencyKey | undefined,
  write: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await write();
  } catch (error) {
    // Any unique constraint may be named first: a repeat meets its own rows as well.
    if (key === undefined || brokenUnique(error) === undefined) throw error;
    const stored = await storedAnswer(door, tenant, key);
    if (stored === undefined) throw error;
    return stored;
  }
}

/** The answer an earlier request with this key got; undefined when there was none. @throws Problem idempotency-key-reused. */
export async function storedAnswer(door: Door, tenant: Tenant, { key, requestHash }: IdempotencyKey): Promise<Answer | undefined> {
  const [row] = (await door.read(tenant, (tx) => tx.run(FIND_ANSWER, [key]))) as unknown as StoredAnswer[];
  if (row === undefined) return undefined;
  if (row.requestHash !== requestHash) {
    throw new Problem('idempotency-key-reused', 'This Idempotency-Key was used with another request. A new request needs a new key.', {
      errors: [{ pointer: '/header/idempotency-key', detail: 'was used with another request' }],
    });
  }
  return { status: row.status, headers: { ...row.headers, 'idempotent-replayed': 'true' }, body: row.body ?? undefined };
}

interface StoredAnswer {
  readonly requestHash: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const FIND_ANSWER = new TenantStatement(
  'idempotent_answer',
  'select request_hash as "requestHash", status, headers, body from {schema}.idempotency_keys where key = $1',
);
