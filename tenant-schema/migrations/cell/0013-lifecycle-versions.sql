-- Versions from a billion on are the platform's: events of a tenant's own life are written under its name, and a dedicated tenant, whose login may insert
-- here, must not be able to take their places, or to hold them in a transaction that never ends, and so keep itself from being suspended or deleted.

drop policy writer_is_the_caller on tenantry.outbox;
create policy writer_is_the_caller on tenantry.outbox for insert to :"writerGroup"
  with check (writer = current_user and version < 1000000000);
