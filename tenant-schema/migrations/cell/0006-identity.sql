-- What the api replicas of a cell must know of each other about members.

-- Tokens that were good when they were issued and are no more: the member was deactivated, removed or given another role. Followed by LISTEN
-- tenantry_revoked_tokens. A row is needed for as long as such a token could live; its writer sweeps older ones out.
create table tenantry.revoked_tokens (
  writer name not null default current_user,
  subject text not null check (octet_length(subject) <= 255),
  -- Tokens of the subject for this tenant issued until then are refused.
  issued_until timestamptz not null,
  primary key (writer, subject)
);
alter table tenantry.revoked_tokens enable row level security;
create policy writer_is_the_caller on tenantry.revoked_tokens to :"writerGroup" using (writer = current_user) with check (writer = current_user);
create policy platform_reads_all on tenantry.revoked_tokens for select to :"registry" using (true);
create policy tenant_reads_its_own on tenantry.revoked_tokens for select to :"tenantGroup" using (writer = current_user);
grant select on tenantry.revoked_tokens to :"registry", :"tenantGroup";
grant insert, update, delete on tenantry.revoked_tokens to :"writerGroup";

-- One notification a statement: members change rarely (see announce_tenants).
create function tenantry.announce_revoked_tokens() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_notify('tenantry_revoked_tokens', '');
  return null;
end
$$;
create trigger announce after insert or update on tenantry.revoked_tokens
  for each statement execute function tenantry.announce_revoked_tokens();

-- Changes of members that Keycloak has yet to hear of when due: begun by a process that may have died, or meant for later.
create table tenantry.identity_work (
  writer name not null default current_user,
  kind text not null check (kind in ('user', 'machine-client')),
  id uuid not null,
  due_at timestamptz not null,
  primary key (writer, kind, id)
);
alter table tenantry.identity_work enable row level security;
create policy writer_is_the_caller on tenantry.identity_work to :"writerGroup" using (writer = current_user) with check (writer = current_user);
create policy platform_reads_all on tenantry.identity_work for select to :"registry" using (true);
grant select on tenantry.identity_work to :"registry";
grant select, insert, update, delete on tenantry.identity_work to :"writerGroup";
