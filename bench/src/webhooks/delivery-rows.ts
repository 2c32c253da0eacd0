import { randomUUID } from 'node:crypto';
import { newWebhookSecret } from '@tenantry/tenant-service/webhooks/webhook-signature.ts';
import type { WebhooksWorld } from './webhooks-world.ts';

const ENDPOINTS_A_TENANT = 10;

/** Data of an event of a customer, as large as most are. */
export const EVENT_DATA = JSON.stringify({
  customer: {
    ...{ id: randomUUID(), externalId: 'crm-1', name: 'Ada Lovelace', email: 'ada@example.org', phone: '+4930123456', status: 'active' },
    ...{ segment: 'enterprise', tags: ['vip', 'newsletter'], attributes: { industry: 'computing', employees: 250, country: 'DE' } },
    ...{ version: 1, createdAt: '2026-11-23T06:00:00.000Z', updatedAt: '2026-11-23T06:00:00.000Z' },
  },
});

/**
 * A hundred endpoints and, as the projector's routing writes them, one delivery to each of so many events that there are `deliveries`. What was there before
 * is gone. The clock may begin when this has ended: all of it is due with one commit. @returns the endpoint that is dead, if one is to be
 */
export async function makeDeliveries(
  { admin, tenants, box, sinkPort }: WebhooksWorld,
  deliveries: number,
  wishes: { readonly dead: boolean },
): Promise<{ readonly first: string; readonly begin: () => Promise<void> }> {
  const perTenant = Math.round(deliveries / tenants.length / ENDPOINTS_A_TENANT);
  let first = '';
  await admin.query('truncate tenantry.webhook_due');
  for (const { schema, tenantId } of tenants) {
    await admin.query(`truncate ${schema}.webhook_endpoints, ${schema}.webhook_deliveries, ${schema}.webhook_attempts, ${schema}.events`);
    for (let number = 0; number < ENDPOINTS_A_TENANT; number += 1) {
      const id = randomUUID();
      const path = wishes.dead && first === '' ? 'dead' : `e/${id}`;
      if (first === '') first = id;
      await admin.query(
        `insert into ${schema}.webhook_endpoints (id, url, description, types, ordered, status, secret, version, created_by, created_at, updated_at)
         values ($1, $2, '', '{*}', false, 'enabled', $3, 1, 'bench', now(), now())`,
        [id, `http://127.0.0.1:${sinkPort}/${path}`, box.seal(tenantId, newWebhookSecret())],
      );
    }
    await admin.query(
      `insert into ${schema}.events (seq, id, type, subject, version, occurred_at, traceparent, data, hash)
       select n, gen_random_uuid(), 'dev.tenantry.customer.created.v1', 'customers/' || gen_random_uuid(), 1, now(),
         '00-' || md5(n::text) || '-' || left(md5('s' || n), 16) || '-00', $2, decode(repeat('00', 32), 'hex')
       from generate_series(1, $1::int) n`,
      [perTenant, EVENT_DATA],
    );
    await admin.query(
      `insert into ${schema}.webhook_deliveries (id, endpoint_id, event_id, event_type, event_seq, subject, state, next_attempt_at, created_at)
       select uuidv7(), w.id, e.id, e.type, e.seq, e.subject, 'pending', now(), now() from ${schema}.events e cross join ${schema}.webhook_endpoints w`,
    );
    await admin.query(
      `vacuum analyze ${schema}.webhook_deliveries, ${schema}.webhook_attempts, ${schema}.webhook_endpoints, ${schema}.events`,
    );
  }
  await admin.query('checkpoint').catch(() => {});
  return {
    first,
    begin: async () => {
      await admin.query('begin');
      for (const { schema, appRole } of tenants)
        await admin.query(
          `insert into tenantry.webhook_due (writer, delivery_id, endpoint_id, due_at) select $1, id, endpoint_id, now() from ${schema}.webhook_deliveries`,
          [appRole],
        );
      await admin.query('analyze tenantry.webhook_due');
      await admin.query('commit');
    },
  };
}

/** Every delivery but those of `except` has one attempt on record, and has arrived. @throws when one has not. */
export async function checkRecords(
  { admin, tenants }: WebhooksWorld,
  except: string,
  deliveries: number,
): Promise<{ readonly p95Ms: number }> {
  const each = tenants.map(
    ({ schema }) => `select v.state, a.number, a.outcome, extract(epoch from v.finished_at - v.created_at) * 1000 as ms
      from ${schema}.webhook_deliveries v left join ${schema}.webhook_attempts a on a.delivery_id = v.id where v.endpoint_id <> $1`,
  );
  const { rows } = await admin.query<{ count: number; well: number; p95: number }>(
    `select count(*)::int as count, count(*) filter (where state = 'delivered' and number = 1 and outcome = 'delivered')::int as well,
       percentile_cont(0.95) within group (order by ms)::float8 as p95 from (${each.join(' union all ')}) all_of_them`,
    [except],
  );
  const { count = 0, well = 0, p95 = 0 } = rows[0] ?? {};
  if (count !== deliveries || well !== deliveries)
    throw new Error(`${well} of ${count} deliveries are on record as they should be, of ${deliveries}`);
  return { p95Ms: p95 };
}
