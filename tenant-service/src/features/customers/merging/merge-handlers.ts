import type { Merge } from '@tenantry/contracts';
import type { AttributeSchemas } from '../../../attributes/attribute-schemas.ts';
import type { Handlers } from '../../../http/handlers.ts';
import { type Answer, type IdempotencyKey, idempotencyKeyOf, storedAnswer, writeOnce } from '../../../journal/idempotency-keys.ts';
import type { TenantLimits } from '../../../limits/tenant-limits.ts';
import { brokenUnique } from '../../../postgres/sql-errors.ts';
import { Problem } from '../../../problem.ts';
import type { Door } from '../../../tenancy/doors.ts';
import type { ModelDoor } from '../../../tenancy/model-door.ts';
import type { Tenant } from '../../../tenancy/tenant.ts';
import { changeOf, etagOf, JSON_TYPE, taken } from '../customer-answers.ts';
import { CustomerMerger } from './customer-merger.ts';

/** Merging customers, and undoing it. */
export function mergeHandlers({
  door,
  modelDoor,
  attributeSchemas,
  limits,
}: {
  door: Door;
  modelDoor: ModelDoor;
  attributeSchemas: AttributeSchemas;
  limits: Pick<TenantLimits, 'addCustomers' | 'requireRoom'>;
}): Handlers<'mergeCustomer' | 'getMerge' | 'undoMerge'> {
  const merger = new CustomerMerger(modelDoor, attributeSchemas);

  /** A repeat finds its work done and is refused for it: what is stored under the key comes before the refusal. */
  const once = async (tenant: Tenant, key: IdempotencyKey | undefined, write: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await writeOnce(door, tenant, key, write);
    } catch (error) {
      const stored = key !== undefined && error instanceof Problem ? await storedAnswer(door, tenant, key) : undefined;
      if (stored !== undefined) return stored;
      const constraint = brokenUnique(error);
      throw constraint === undefined ? error : taken(constraint, error);
    }
  };

  return {
    mergeCustomer: async (call) => {
      const { tenant, params, body, ifMatch } = call;
      const id = params.id.toLowerCase();
      if (body.from.toLowerCase() === id) {
        throw new Problem('invalid-request', 'A customer is not merged into itself.', {
          errors: [{ pointer: '/from', detail: 'must be another customer' }],
        });
      }
      const key = idempotencyKeyOf('mergeCustomer', call);
      const answer = (merge: Merge): Answer => ({
        status: 201,
        headers: { ...JSON_TYPE, etag: etagOf(merge.survivor.version), location: `/v1/merges/${merge.id}` },
        body: JSON.stringify(merge),
      });
      return once(tenant, key, async () => {
        const given = await merger.merge(tenant, id, ifMatch, body, { change: changeOf(call), key, answer });
        limits.addCustomers(tenant, -1);
        return given;
      });
    },

    getMerge: async ({ tenant, params }) => answerOf(await merger.find(tenant, params.id)),

    undoMerge: async (call) => {
      const { tenant, params } = call;
      const key = idempotencyKeyOf('undoMerge', call);
      return once(tenant, key, async () => {
        limits.requireRoom(tenant, 1);
        const given = await merger.undo(tenant, params.id, { change: changeOf(call), key, answer: answerOf });
        limits.addCustomers(tenant, 1);
        return given;
      });
    },
  };
}

const answerOf = (merge: Merge): Answer => ({ status: 200, headers: JSON_TYPE, body: JSON.stringify(merge) });
