-- External ids that are unique, and the attributes a tenant defines for its customers.

-- Until now two customers could carry the same external id. The newest keeps it; the others keep what they had, made distinct, so that
-- nothing is lost and a person can decide.
update customers c
set external_id = left(external_id, 150) || ' (duplicate ' || id || ')'
where external_id is not null and deleted_at is null
  and exists (select from customers newer where newer.external_id = c.external_id and newer.deleted_at is null and newer.id > c.id);

-- What an upsert meets, and the database's answer to two of them at once. Partial: a customer without an external id costs nothing.
create unique index customers_external_id_unique on customers (external_id) where deleted_at is null and external_id is not null;

-- Every JSON Schema a tenant has set for `attributes`, append-only: who set what when. Version 1, which every tenant begins with, allows
-- anything and has no row. Writes compare the highest version with the one they were checked against, in their own statement.
create table attribute_schemas (
  version integer primary key check (version > 1),
  -- json, not jsonb: people get their text back in their order.
  schema json not null check (json_typeof(schema) = 'object'),
  created_at timestamptz not null,
  created_by text not null,
  trace_id text,
  -- When every customer carried what this version marks as indexable; null while that is being made.
  indexed_at timestamptz
);

-- The attributes a tenant's schema marks as indexable, by name; null for a tenant without any, which then pays nothing for the index.
alter table customers add column indexed jsonb;
create index customers_indexed on customers using gin (indexed jsonb_path_ops) where indexed is not null;
