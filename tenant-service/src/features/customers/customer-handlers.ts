import { hash } from 'node:crypto';
import { type Customer, CustomerFields, type operations } from '@tenantry/contracts';

import type { Cursors } from '../../http/cursor.ts';
import type { Call, Handler } from '../../http/pipeline.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { CustomerCreator, emailTaken } from './customer-creator.ts';
import { CustomerReader } from './customer-reader.ts';
import * as customers from './customer-repository.ts';
import { applyPatch } from './merge-patch.ts';

type Operations = typeof operations;
export type CustomerHandlers = { readonly [Id in keyof Operations]: Handler<Operations[Id]> };

const JSON_TYPE = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;

/** The customer operations. Each takes a checked call and gives the answer; what can go wrong is thrown as a Problem. */
export function customerHandlers(parts: { door: Door; cursors: Cursors; metrics: Metrics }): CustomerHandlers {
  const { door, cursors } = parts;
  const creator = new CustomerCreator(door, parts.metrics);
  const reader = new CustomerReader(door, parts.metrics);

  /** The row If-Match names. @throws Problem not-found, version-stale with the current ETag. */
  const current = async (tenant: Tenant, id: string, ifMatch: number): Promise<customers.StoredCustomer> => {
    const stored = await reader.find(tenant, id.toLowerCase());
    if (stored === undefined) throw notFound();
    if (stored.version === ifMatch) return stored;
    throw new Problem('version-stale', `The customer is in version ${stored.version} now. Read it again and repeat the change.`, {
      headers: { etag: etagOf(stored.version) },
    });
  };

  return {
    createCustomer: async ({ tenant, actor, trace, body, idempotencyKey }) => {
      const at = new Date().toISOString();
      const id = uuidv7();
      const customer: Customer = { id, ...body, version: 1, createdAt: at, updatedAt: at };
      const key = idempotencyKey === undefined ? undefined : keyOf('createCustomer', actor.subject, idempotencyKey, body);
      const row = { id, document: JSON.stringify(customer), key, ...changeOf(actor.subject, trace) };
      const created = await creator.create(tenant, row);
      const storedId = created.replayed ? idOf(created.document) : id;
      return {
        status: 201,
        headers: {
          ...JSON_TYPE,
          etag: etagOf(1),
          location: `/v1/customers/${storedId}`,
          ...(created.replayed ? { 'idempotent-replayed': 'true' } : {}),
        },
        body: created.document,
      };
    },

    getCustomer: async ({ tenant, params, ifNoneMatch }) => {
      const stored = await reader.find(tenant, params.id.toLowerCase());
      if (stored === undefined) throw notFound();
      const etag = etagOf(stored.version);
      if (ifNoneMatch === etag) return { status: 304, headers: { etag, 'cache-control': 'no-store' } };
      return { status: 200, headers: { ...JSON_TYPE, etag }, body: stored.document };
    },

    listCustomers: async ({ tenant, query }) => {
      const { search, limit, cursor } = query;
      if (search !== undefined) {
        if (cursor !== undefined) throw new Problem('invalid-cursor', 'A search has one page, the best matches first.');
        return page(await door.read(tenant, (tx) => customers.searchCustomers(tx, search, limit)), limit, null);
      }
      const scope = { tenantId: tenant.tenantId, operationId: 'listCustomers', query: '' };
      const after = cursor === undefined ? undefined : cursors.decode(scope, cursor);
      const rows = await door.read(tenant, (tx) => customers.listCustomers(tx, limit + 1, after));
      return page(rows.slice(0, limit), limit, rows.length > limit ? cursors.encode(scope, rows[limit - 1]?.id ?? '') : null);
    },

    updateCustomer: async ({ tenant, actor, trace, params, body, ifMatch }) => {
      const before = await current(tenant, params.id, ifMatch);
      const { after, changed } = applyPatch(JSON.parse(before.document) as Customer, body);
      if (changed.length === 0) return single(before.document, before.version);
      checkMerged(after);
      after.version = before.version + 1;
      after.updatedAt = new Date().toISOString();
      try {
        const written = await door.write(tenant, (tx) =>
          customers.updateCustomer(tx, before, after, changed, changeOf(actor.subject, trace)),
        );
        if (!written) throw await lostRace(tenant, params.id, ifMatch, current);
      } catch (error) {
        const constraint = brokenUnique(error);
        if (constraint === undefined) throw error;
        throw emailTaken(constraint, error);
      }
      return single(JSON.stringify(after), after.version);
    },

    deleteCustomer: async ({ tenant, actor, trace, params, ifMatch }) => {
      const before = await current(tenant, params.id, ifMatch);
      const at = new Date().toISOString();
      const written = await door.write(tenant, (tx) => customers.deleteCustomer(tx, before, at, changeOf(actor.subject, trace)));
      if (!written) throw await lostRace(tenant, params.id, ifMatch, current);
      return { status: 204, headers: {} };
    },

    customerHistory: async ({ tenant, params, query }) => {
      const { limit, cursor } = query;
      const id = params.id.toLowerCase();
      const scope = { tenantId: tenant.tenantId, operationId: 'customerHistory', query: id };
      const below = cursor === undefined ? undefined : Number(cursors.decode(scope, cursor));
      const rows = await door.read(tenant, (tx) => customers.customerHistory(tx, id, limit + 1, below));
      if (rows.length === 0 && cursor === undefined) throw notFound();
      return page(rows.slice(0, limit), limit, rows.length > limit ? cursors.encode(scope, String(rows[limit - 1]?.version)) : null);
    },
  };
}

const etagOf = (version: number): string => `"${version}"`;

function notFound(): Problem {
  return new Problem('not-found', 'There is no such customer.');
}

function single(document: string, version: number): PlainAnswer {
  return { status: 200, headers: { ...JSON_TYPE, etag: etagOf(version) }, body: document };
}

function page(rows: readonly customers.StoredCustomer[], limit: number, next: string | null): PlainAnswer {
  const items = rows.map(({ document }) => document).join(',');
  return { status: 200, headers: JSON_TYPE, body: `{"items":[${items}],"page":${JSON.stringify({ next, limit })}}` };
}

function changeOf(actor: string, trace: Call['trace']): customers.Change {
  return { actor, traceId: trace.traceId, traceparent: trace.traceparent, eventId: uuidv7() };
}

/** A key belongs to one caller and one operation; two callers may choose the same without meeting. */
function keyOf(operationId: string, subject: string, key: string, body: unknown): { key: string; requestHash: string } {
  return { key: `${operationId}:${subject}:${key}`, requestHash: hash('sha256', JSON.stringify(body), 'hex') };
}

const idOf = (document: string): string => (JSON.parse(document) as Customer).id;

/** Attributes may have grown beyond their bounds by merging. */
function checkMerged(customer: Customer): void {
  const { id: _id, version: _version, createdAt: _createdAt, updatedAt: _updatedAt, ...fields } = customer;
  const result = CustomerFields.safeParse(fields);
  if (result.success) return;
  throw new Problem('invalid-request', 'The customer would not be valid after this change.', {
    errors: result.error.issues.map((issue) => ({ pointer: `/${issue.path.join('/')}`, detail: issue.message })).slice(0, 20),
  });
}

/** Somebody else wrote between our read and our write: say which version is current, or that it is gone. */
async function lostRace(
  tenant: Tenant,
  id: string,
  ifMatch: number,
  current: (tenant: Tenant, id: string, ifMatch: number) => Promise<unknown>,
): Promise<Problem> {
  try {
    await current(tenant, id, ifMatch);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  return new Problem('unavailable', 'The change met another one. Repeat it.', { headers: { 'retry-after': '1' } });
}
