import { PROFILE_MAX } from '@tenantry/contracts';
import { instantSql } from '../../../listing/list-column.ts';
import { TenantStatement } from '../../../postgres/statement.ts';

/* What integrations push: a row for each customer and source. Names are schema-qualified because no search_path is set. */

const answer = (row: string): string =>
  `${row}.version, ${instantSql(`${row}.updated_at`)} as "updatedAt", ${row}.updated_by as "updatedBy"`;

/**
 * $1 customer · $2 id of a new row · $3 source · $4 payload · $5 time · $6 actor · $7 event id · $8 traceparent. The customer's row is locked, so that it is
 * not deleted meanwhile and its sources are counted. `isThere`: the customer is. No version: nothing was written, because it is equal or there is no room.
 */
export const PUT_PAYLOAD = new TenantStatement(
  'payload_put',
  `
with owner as materialized (
  select id from {schema}.customers where id = $1::uuid and deleted_at is null for no key update
), written as (
  insert into {schema}.customer_payloads as p (id, customer_id, source, payload, version, updated_at, updated_by)
  select $2::uuid, owner.id, $3, $4::jsonb, 1, $5::timestamptz, $6 from owner
  where exists (select from {schema}.customer_payloads k where k.customer_id = owner.id and k.source = $3)
    or (select count(*) from {schema}.customer_payloads k where k.customer_id = owner.id) < ${PROFILE_MAX.sources}
  on conflict on constraint customer_payloads_once do update
  set payload = excluded.payload, version = p.version + 1, updated_at = greatest(p.updated_at, excluded.updated_at), updated_by = excluded.updated_by
  where p.payload is distinct from excluded.payload
  returning p.id, p.version, p.updated_at, p.updated_by
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $7::uuid, 'dev.tenantry.payload.stored.v1', 'payload', id, version, updated_at, $8,
    jsonb_build_object('customerId', $1::uuid, 'source', $3::text, 'version', version) from written
)
select exists (select from owner) as "isThere", w.* from (select 1) one left join (select ${answer('written')} from written) w on true`,
);

/** $1 customer · $2 source. */
export const FIND_PAYLOAD = new TenantStatement(
  'payload_find',
  `select ${answer('p')} from {schema}.customer_payloads p where p.customer_id = $1::uuid and p.source = $2`,
);

/** $1 customer · $2 source · $3 event id · $4 traceparent · $5 time. */
export const DELETE_PAYLOAD = new TenantStatement(
  'payload_delete',
  `
with removed as (
  delete from {schema}.customer_payloads where customer_id = $1::uuid and source = $2 returning id, version + 1 as version
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select $3::uuid, 'dev.tenantry.payload.removed.v1', 'payload', id, version, $5::timestamptz, $4,
    jsonb_build_object('customerId', $1::uuid, 'source', $2::text, 'version', version) from removed
)
select id from removed`,
);
