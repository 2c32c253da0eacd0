-- Backups of tenants in the cell's bucket (docs/adr/0020), and since when a purge is under way.

-- One row per attempt, made before its first object and changed by fenced writes only: what lies in the bucket under a location whose row says
-- Running was interrupted and is garbage. The manifest in the bucket says everything a restore needs; these rows are how the operator
-- finds its own work again. They outlive the tenant.
create table tenantry.backups (
  backup_id uuid primary key,
  tenant_id uuid not null,
  slug text not null,
  purpose text not null check (purpose in ('Final', 'Scheduled', 'OnDemand')),
  -- What asked for it: for a final backup the metadata.uid of the Tenant that was deleted.
  cause text not null,
  -- Prefix of its objects, as people name it: s3://bucket/backups/TENANT_ID/BACKUP_ID/
  location text not null,
  -- Written: its manifest is in the bucket. Verified: a restore into a scratch schema gave the same contents.
  state text not null check (state in ('Running', 'Written', 'Verified')),
  schema_version integer,
  row_count bigint,
  bytes bigint,
  manifest_sha256 text,
  started_at timestamptz not null default now(),
  written_at timestamptz,
  verified_at timestamptz,
  check ((state = 'Running') = (manifest_sha256 is null))
);
create index backups_of_tenant on tenantry.backups (tenant_id, started_at);

-- Set before the first thing is removed: from then on the data cannot be adopted any more.
alter table tenantry.tombstones add column purging_since timestamptz;
