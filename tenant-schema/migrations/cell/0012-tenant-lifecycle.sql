-- Events of a tenant's own life (suspended, another class, deleted …): written by the operator into the outbox in the transaction that changes the row.

-- Version of the tenant as an aggregate: how many such events there have been.
alter table tenantry.tenants add column lifecycle_version integer not null default 0;
