import { TenantStatement } from '../postgres/statement.ts';

/**
 * One delivery for every enabled endpoint that asks for an event of the log, due at once. $1 ids of events. Belongs into the transaction that
 * appends them, so polling, streaming and webhooks never disagree; done again it makes nothing new.
 */
export const routeEvents = new TenantStatement(
  'webhook_route',
  `
with asked as (
  select w.id as endpoint, e.id, e.type, e.seq, e.subject
  from {schema}.events e
  join {schema}.webhook_endpoints w on w.status = 'enabled' and exists (
    select from unnest(w.types) as t(pattern) where pattern = e.type or right(pattern, 1) = '*' and starts_with(e.type, left(pattern, -1))
  )
  where e.id = any($1::uuid[])
  -- An endpoint that is being deleted is gone when this gets to it, not an error of the foreign key.
  for key share of w
), made as (
  insert into {schema}.webhook_deliveries (id, endpoint_id, event_id, event_type, event_seq, subject, state, next_attempt_at, created_at)
  select uuidv7(), endpoint, id, type, seq, subject, 'pending', now(), now() from asked
  on conflict on constraint webhook_deliveries_once do nothing
  returning id, endpoint_id
)
insert into tenantry.webhook_due (delivery_id, endpoint_id, due_at) select id, endpoint_id, now() from made`,
);
