-- Tenants whose events are to go to another topic (their class has shared topics now, or no longer). The relay publishes nothing of such a tenant, so that
-- the old topic comes to an end; the projector reads it to that end; then the operator names the new topic in the registry and the row goes. So no event on
-- the new topic can be seen before an earlier one on the old.

create table tenantry.topic_moves (
  tenant_id uuid primary key references tenantry.tenants on delete cascade,
  -- The operator says again and again that it is at it. When it does not any more, the relay goes on with the old topic: nobody waits for an operator that is away.
  held_until timestamptz not null,
  -- Said by the relay: nothing of the tenant is under way, and nothing will be while it is held.
  left_at timestamptz,
  -- Ends of the old topic's partitions behind that, as the operator saw them: {"0": "17"}.
  ends jsonb
);

grant select, update (left_at) on tenantry.topic_moves to :"relay";
