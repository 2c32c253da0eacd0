import { hash } from 'node:crypto';
import type { Customer } from '@tenantry/contracts';
import type { AttributeSchemas } from '../../attributes/attribute-schemas.ts';
import type { CustomerCache } from '../../cache/customer-cache.ts';
import type { Cursors } from '../../http/cursor.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { fieldChanges } from '../../journal/field-changes.ts';
import type { TenantLimits } from '../../limits/tenant-limits.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { Door } from '../../tenancy/doors.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { changeOf, etagOf, hasOpenAccounts, JSON_TYPE, locationOf, notFound, single } from './customer-answers.ts';
import { customerAsOf } from './customer-as-of.ts';
import { CustomerCreator } from './customer-creator.ts';
import { listCustomersHandler } from './customer-list.ts';
import { CustomerReader } from './customer-reader.ts';
import * as customers from './customer-repository.ts';
import { CustomerUpdater, checkAttributes } from './customer-updater.ts';
import { applyPatch } from './merge-patch.ts';
import { missing } from './merging/merged-away.ts';
import { replacedCustomer } from './replaced-customer.ts';

type CustomerHandlers = Handlers<
  'createCustomer' | 'listCustomers' | 'getCustomer' | 'updateCustomer' | 'replaceCustomer' | 'deleteCustomer' | 'customerHistory'
>;

/** The customer operations. Each takes a checked call and gives the answer; what can go wrong is thrown as a Problem. */
export function customerHandlers(parts: {
  door: Door;
  heavy: { readonly door: Door };
  cursors: Cursors;
  metrics: Metrics;
  cache: CustomerCache;
  limits: TenantLimits;
  attributeSchemas: AttributeSchemas;
}): CustomerHandlers {
  const { door, cursors, attributeSchemas } = parts;
  const creator = new CustomerCreator(door, parts.metrics);
  const reader = new CustomerReader(door, parts.metrics, parts.cache);
  const updater = new CustomerUpdater(door, reader, attributeSchemas);

  return {
    createCustomer: async (call) => {
      const { tenant, actor, body, idempotencyKey } = call;
      const at = new Date().toISOString();
      const id = uuidv7();
      const customer: Customer = { id, ...body, version: 1, createdAt: at, updatedAt: at };
      const key = idempotencyKey === undefined ? undefined : keyOf('createCustomer', actor.subject, idempotencyKey, body);
      const row = { id, document: JSON.stringify(customer), key, ...changeOf(call) };
      const create = () =>
        attributeSchemas.checked(tenant, (rules) => creator.create(tenant, { ...row, ...checkAttributes(body.attributes, rules) }));
      // A full plan takes nothing new, and repeats what it has taken.
      const repeated = parts.limits.hasRoom(tenant, 1) ? undefined : await creator.replay(tenant, key);
      if (repeated === undefined) parts.limits.requireRoom(tenant, 1);
      const created = repeated ?? (await create());
      const storedId = created.replayed ? idOf(created.document) : id;
      return {
        status: 201,
        headers: {
          ...JSON_TYPE,
          etag: etagOf(1),
          location: locationOf(storedId),
          ...(created.replayed ? { 'idempotent-replayed': 'true' } : {}),
        },
        body: created.document,
      };
    },

    getCustomer: async ({ tenant, params, query, ifNoneMatch }) => {
      if (query.asOf !== undefined) {
        const then = await customerAsOf(door, tenant, params.id.toLowerCase(), query.asOf);
        if (then === undefined) throw notFound();
        return { status: 200, headers: JSON_TYPE, body: then };
      }
      const stored = await reader.findCached(tenant, params.id.toLowerCase());
      if (stored === undefined) throw await missing(door, tenant, params.id);
      const etag = etagOf(stored.version);
      if (ifNoneMatch === etag) return { status: 304, headers: { etag, 'cache-control': 'no-store' } };
      return { status: 200, headers: { ...JSON_TYPE, etag }, body: stored.document };
    },

    listCustomers: listCustomersHandler({ door: parts.heavy.door, cursors, attributeSchemas }),

    updateCustomer: async (call) => {
      const { tenant, params, ifMatch, body } = call;
      return single(await updater.update(tenant, { id: params.id, ifMatch }, (before) => applyPatch(before, body), changeOf(call)));
    },

    replaceCustomer: async (call) => {
      const { tenant, params, ifMatch, body } = call;
      return single(await updater.update(tenant, { id: params.id, ifMatch }, (before) => replacedCustomer(before, body), changeOf(call)));
    },

    deleteCustomer: async (call) => {
      const { tenant, params, ifMatch } = call;
      const before = await updater.current(tenant, params.id, ifMatch);
      try {
        const written = await door.write(tenant, (tx) => customers.deleteCustomer(tx, before, new Date().toISOString(), changeOf(call)));
        if (!written) throw await updater.lostRace(tenant, { id: params.id, ifMatch });
        parts.limits.addCustomers(tenant, -1);
      } catch (error) {
        throw hasOpenAccounts(error) ?? error;
      }
      return { status: 204, headers: {} };
    },

    customerHistory: async ({ tenant, params, query }) => {
      const { limit, cursor } = query;
      const id = params.id.toLowerCase();
      const scope = { tenantId: tenant.tenantId, operationId: 'customerHistory', query: id };
      const below = cursor === undefined ? undefined : Number(cursors.decode(scope, cursor));
      const rows = await door.read(tenant, (tx) => customers.customerHistory(tx, id, limit + 1, below));
      if (rows.length === 0 && cursor === undefined) throw notFound();
      const next = rows.length > limit ? cursors.encode(scope, String(rows[limit - 1]?.version)) : null;
      return page(rows.slice(0, limit).map(withChanges), limit, next);
    },
  };
}

function page(rows: readonly customers.StoredCustomer[], limit: number, next: string | null): PlainAnswer {
  const items = rows.map(({ document }) => document).join(',');
  return { status: 200, headers: JSON_TYPE, body: `{"items":[${items}],"page":${JSON.stringify({ next, limit })}}` };
}

/** A version with what differs from the one before it. */
function withChanges(row: customers.StoredCustomer): customers.StoredCustomer {
  const { before, after, ...version } = JSON.parse(row.document) as { before: unknown; after: unknown };
  return { ...row, document: JSON.stringify({ ...version, changes: fieldChanges(before, after), before, after }) };
}

/** A key belongs to one caller and one operation; two callers may choose the same without meeting. */
function keyOf(operationId: string, subject: string, key: string, body: unknown): { key: string; requestHash: string } {
  return { key: `${operationId}:${subject}:${key}`, requestHash: hash('sha256', JSON.stringify(body), 'hex') };
}

const idOf = (document: string): string => (JSON.parse(document) as Customer).id;
