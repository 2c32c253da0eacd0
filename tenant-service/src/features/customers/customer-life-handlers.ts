import { type Customer, type operations, TAGS_MAX } from '@tenantry/contracts';
import type { AttributeSchemas } from '../../attributes/attribute-schemas.ts';
import type { Handlers } from '../../http/handlers.ts';
import type { Call } from '../../http/pipeline.ts';
import type { PlainAnswer } from '../../http/plain.ts';
import { type Answer, type IdempotencyKey, idempotencyKeyOf, storedAnswer, writeOnce } from '../../journal/idempotency-keys.ts';
import type { TenantLimits } from '../../limits/tenant-limits.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { changeOf, JSON_TYPE, locationOf, notFound, single, taken } from './customer-answers.ts';
import * as life from './customer-life-repository.ts';
import { findCustomers, type StoredCustomer } from './customer-repository.ts';
import { checkAttributes } from './customer-updater.ts';
import { missing } from './merging/merged-away.ts';

type TagsCall = Call<(typeof operations)['addCustomerTags' | 'removeCustomerTags']>;
type CustomerLifeHandlers = Handlers<
  'restoreCustomer' | 'getCustomerByExternalId' | 'putCustomerByExternalId' | 'addCustomerTags' | 'removeCustomerTags' | 'listTags'
>;

/** Changes of customers that need no If-Match: the row's lock puts them in order, and each is right in any order. */
export function customerLifeHandlers({
  door,
  attributeSchemas,
  limits,
}: {
  door: Door;
  attributeSchemas: AttributeSchemas;
  limits: Pick<TenantLimits, 'hasRoom' | 'requireRoom' | 'addCustomers'>;
}): CustomerLifeHandlers {
  const find = async (tenant: Tenant, id: string): Promise<StoredCustomer> => {
    const stored = (await door.read(tenant, (tx) => findCustomers(tx, [id]))).get(id);
    if (stored === undefined) throw await missing(door, tenant, id);
    return stored;
  };
  /** A repeat finds its work done, so it writes nothing and meets no key: what is stored under the key comes before `otherwise`. */
  const once = async (
    tenant: Tenant,
    key: IdempotencyKey | undefined,
    write: () => Promise<StoredCustomer | undefined>,
    otherwise: () => Promise<Answer>,
  ): Promise<PlainAnswer> => {
    try {
      return await writeOnce(door, tenant, key, async () => {
        const written = await write();
        if (written !== undefined) return single(written);
        return (key && (await storedAnswer(door, tenant, key))) ?? (await otherwise());
      });
    } catch (error) {
      const constraint = brokenUnique(error);
      throw constraint === undefined ? error : taken(constraint, error);
    }
  };

  const changeTags = (how: 'add' | 'remove', operationId: 'addCustomerTags' | 'removeCustomerTags') => {
    return async (
      call: Pick<TagsCall, 'tenant' | 'actor' | 'trace' | 'params' | 'query' | 'body' | 'idempotencyKey'>,
    ): Promise<PlainAnswer> => {
      const { tenant, body } = call;
      const id = call.params.id.toLowerCase();
      const key = idempotencyKeyOf(operationId, call);
      const at = new Date().toISOString();
      const write = () => door.write(tenant, (tx) => life.changeTags(tx, how, id, body.tags, at, changeOf(call), key));
      return once(tenant, key, write, async () => {
        const stored = await find(tenant, id);
        const { tags } = JSON.parse(stored.document) as Customer;
        const count = tags.length + new Set(body.tags.filter((tag) => !tags.includes(tag))).size;
        if (how === 'remove' || count === tags.length) return single(stored);
        if (count <= TAGS_MAX) throw metAnother();
        throw new Problem('customer-conflict', `The customer would have ${count} tags; ${TAGS_MAX} is the most.`, {
          errors: [{ pointer: '/tags', detail: `may be ${TAGS_MAX} in all` }],
        });
      });
    };
  };

  return {
    restoreCustomer: async (call) => {
      const { tenant } = call;
      const id = call.params.id.toLowerCase();
      const key = idempotencyKeyOf('restoreCustomer', call);
      const at = new Date().toISOString();
      const repeated = key && !limits.hasRoom(tenant, 1) ? await storedAnswer(door, tenant, key) : undefined;
      if (repeated !== undefined) return repeated;
      limits.requireRoom(tenant, 1);
      const write = async () => {
        const restored = await door.write(tenant, (tx) => life.restoreCustomer(tx, id, at, changeOf(call), key));
        if (restored !== undefined) limits.addCustomers(tenant, 1);
        return restored;
      };
      return once(tenant, key, write, async () => {
        await find(tenant, id);
        throw new Problem('customer-not-deleted', 'The customer exists; there is nothing to restore.');
      });
    },

    getCustomerByExternalId: async ({ tenant, params }) => {
      const stored = await door.read(tenant, (tx) => life.findByExternalId(tx, params.externalId));
      if (stored === undefined) throw notFound();
      return single(stored);
    },

    putCustomerByExternalId: async (call) => {
      const { tenant, params, body } = call;
      const at = new Date().toISOString();
      const customer: Customer = { id: uuidv7(), externalId: params.externalId, ...body, version: 1, createdAt: at, updatedAt: at };
      // Without room for one more, only one that is there may be changed.
      if (!limits.hasRoom(tenant, 1) && (await door.read(tenant, (tx) => life.findByExternalId(tx, params.externalId))) === undefined) {
        limits.requireRoom(tenant, 1);
      }
      // It is there and equal, or was deleted between our write and our read; then the next write creates it.
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        const written = await write(call, customer);
        if (written?.created) {
          limits.addCustomers(tenant, 1);
          return { ...single(written), status: 201, headers: { ...single(written).headers, location: locationOf(written.id) } };
        }
        const stored = written ?? (await door.read(tenant, (tx) => life.findByExternalId(tx, params.externalId)));
        if (stored !== undefined) return { ...single(stored), headers: { ...single(stored).headers, location: locationOf(stored.id) } };
      }
      throw metAnother();
    },

    addCustomerTags: changeTags('add', 'addCustomerTags'),
    removeCustomerTags: changeTags('remove', 'removeCustomerTags'),

    listTags: async ({ tenant, query }) => {
      const items = await door.read(tenant, (tx) => life.listTags(tx, query.startsWith ?? ''));
      return { status: 200, headers: JSON_TYPE, body: `{"items":[${items.join(',')}]}` };
    },
  };

  async function write(call: Pick<Call, 'tenant' | 'actor' | 'trace'>, customer: Customer) {
    try {
      return await attributeSchemas.checked(call.tenant, (rules) => {
        const attributes = checkAttributes(customer.attributes, rules);
        return door.write(call.tenant, (tx) => life.upsertCustomer(tx, customer, attributes, changeOf(call)));
      });
    } catch (error) {
      const constraint = brokenUnique(error);
      throw constraint === undefined ? error : taken(constraint, error);
    }
  }
}

/** What refused the write was gone when it was looked for. */
function metAnother(): Problem {
  return new Problem('unavailable', 'The change met another one. Repeat it.', { headers: { 'retry-after': '1' } });
}
