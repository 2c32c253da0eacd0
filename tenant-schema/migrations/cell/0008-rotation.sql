-- Which credentials of a tenant are valid. A credential is derived from its generation, so these numbers are all there is to remember: a
-- rotation that is interrupted anywhere goes on from here.

alter table tenantry.tenants
  -- What the tenant's Secret holds.
  add column credential_generation integer not null default 1 check (credential_generation > 0),
  -- When it began.
  add column credentials_rotated_at timestamptz not null default now(),
  -- Works beside it until the overlap has ended and everything of it is taken away; null outside a rotation.
  add column previous_generation integer,
  -- When the current generation was seen in use everywhere: from then on the overlap counts. Null while it is rolled out.
  add column credentials_out_at timestamptz,
  -- The last request (annotation rotate-requested-at) that was carried out.
  add column rotation_request text,
  add constraint tenants_previous_generation check (previous_generation = credential_generation - 1),
  add constraint tenants_credentials_out check (credentials_out_at is null or previous_generation is not null);

update tenantry.tenants set credentials_rotated_at = created_at;
