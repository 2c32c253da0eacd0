import type { Cursors } from '../../../http/cursor.ts';
import type { Handlers } from '../../../http/handlers.ts';
import { type Answer, answerParameter, idempotencyKeyOf, storeAnswer, writeOnce } from '../../../journal/idempotency-keys.ts';
import { TenantStatement } from '../../../postgres/statement.ts';
import type { Door } from '../../../tenancy/doors.ts';
import type { ModelDoor } from '../../../tenancy/model-door.ts';
import { JSON_TYPE, notFound } from '../customer-answers.ts';
import { DuplicateFinder } from './duplicate-finder.ts';

/** Customers that may be one, and saying that they are not. */
export function duplicateHandlers({
  door,
  modelDoor,
  cursors,
}: {
  door: Door;
  modelDoor: ModelDoor;
  cursors: Cursors;
}): Handlers<'customerDuplicates' | 'listDuplicates' | 'dismissDuplicate'> {
  const finder = new DuplicateFinder(modelDoor);
  return {
    customerDuplicates: async ({ tenant, params, query }) => {
      const items = await finder.of(tenant, params.id.toLowerCase(), { ...query, by: query.by });
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items, page: { next: null, limit: query.limit } }) };
    },

    listDuplicates: async ({ tenant, query }) => {
      const { limit, minScore, by, cursor } = query;
      const scope = { tenantId: tenant.tenantId, operationId: 'listDuplicates', query: JSON.stringify([minScore, by ?? null]) };
      const [id = '', below = ''] = cursor === undefined ? [] : cursors.decode(scope, cursor).split('/');
      const after = cursor === undefined ? undefined : { id, below };
      const { pairs, next } = await finder.pairs(tenant, after, { limit, minScore, by });
      const page = { next: next === null ? null : cursors.encode(scope, `${next.id}/${next.below}`), limit };
      return { status: 200, headers: JSON_TYPE, body: JSON.stringify({ items: pairs, page }) };
    },

    dismissDuplicate: async (call) => {
      const { tenant, actor, body } = call;
      const [low = '', high = ''] = body.ids.map((id) => id.toLowerCase()).sort();
      const key = idempotencyKeyOf('dismissDuplicate', call);
      const answer: Answer = { status: 204, headers: {} };
      return writeOnce(door, tenant, key, async () => {
        const values = [low, high, new Date(), actor.subject, answerParameter(key, answer)];
        const [row] = await door.write(tenant, (tx) => tx.run(dismiss, values));
        if (row === undefined) throw notFound();
        return answer;
      });
    },
  };
}

/** $1 and $2 the ids, the smaller first · $3 time · $4 actor · $5 answer. No row: not both are there. */
const dismiss = new TenantStatement(
  'duplicates_dismiss',
  `
with pair as (
  select $1::uuid as low, $2::uuid as high
  where (select count(*) from {schema}.customers where id in ($1::uuid, $2::uuid) and deleted_at is null) = 2
), dismissed as (
  insert into {schema}.duplicate_dismissals (low_id, high_id, dismissed_at, dismissed_by)
  select low, high, $3::timestamptz, $4 from pair
  on conflict do nothing
), answered as (${storeAnswer('$5', 'pair')}
)
select low from pair`,
);
