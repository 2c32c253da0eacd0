-- Bookkeeping of a cell: which migration every schema has had, and which operator instance leads.
-- Runs as the operator's login, which owns everything in schema tenantry.
-- A colon before a quoted name stands for a role of this cell; the migrator fills it in, so one file serves every cell.

-- PostgreSQL lets everybody call new functions and use new types; nothing of ours starts out public.
alter default privileges revoke execute on functions from public;
alter default privileges revoke usage on types from public;

create schema tenantry;

create table tenantry.schema_versions (
  schema_name name not null,
  version integer not null check (version > 0),
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  primary key (schema_name, version)
);
comment on table tenantry.schema_versions is 'One row per migration and schema, written in the transaction of the migration';

-- Fencing (design D4): every write of an operator share-locks its row and names its epoch; a new leader raises it.
-- One row per operator name: two operators with disjoint tenants in one cell (tests beside the deployed one) do not fence each other.
create table tenantry.operator_epoch (
  operator text primary key,
  epoch bigint not null,
  holder text not null
);
