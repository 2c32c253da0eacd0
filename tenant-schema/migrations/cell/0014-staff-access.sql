-- Staff in tenants (ADR 0039): who was let in, by which TenantAccess, until when. A row before an effect: the tenant is told in the transaction that writes
-- it, then the person becomes a member; whoever goes on after a crash, or after the object was deleted, finds here whom to take out. Rows stay: they are the
-- platform's own record. Nobody but the operator reads them.

create table tenantry.staff_access (
  -- metadata.uid of the TenantAccess, and its name.
  id uuid primary key,
  name text not null check (octet_length(name) <= 253),
  tenant_id uuid not null,
  slug text not null check (octet_length(slug) <= 63),
  organization_id text not null check (octet_length(organization_id) <= 255),
  subject text not null check (octet_length(subject) <= 255),
  email text not null check (octet_length(email) <= 1024),
  role text not null check (role in ('viewer', 'editor')),
  reason text not null check (octet_length(reason) <= 1024),
  requested_by text not null check (octet_length(requested_by) <= 1024),
  until timestamptz not null,
  told_at timestamptz not null default now(),
  -- The identity provider has the membership.
  entered_at timestamptz,
  -- It has it no more, and tokens of before are refused.
  ended_at timestamptz,
  because text check (because in ('left', 'expired', 'shown-out', 'tenant-closed'))
);

-- One at a time: two would end each other.
create unique index staff_access_inside on tenantry.staff_access (tenant_id, subject) where ended_at is null;
