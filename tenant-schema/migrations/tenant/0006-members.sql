-- Members of the tenant: its people, its programs' credentials, and when each was last seen. What a token says comes from Keycloak; these rows
-- say what Keycloak should hold. A change is written here first (version), carried out there, then marked as done (applied_version), so a
-- process that dies in between leaves a row that says what is left to do.

create table users (
  -- UUIDv7 of the invitation; for a member found in Keycloak their subject.
  id uuid primary key,
  -- `sub` of their tokens; null until the account exists.
  subject text check (octet_length(subject) <= 255),
  email text,
  role text not null check (role in ('admin', 'editor', 'viewer')),
  invited_at timestamptz,
  -- Idempotency-Key of the invitation, as idempotency_keys has it: whoever carries it out stores its answer.
  request_key text check (octet_length(request_key) <= 512),
  request_hash text,
  -- What became of the mail that asks the person to complete the account: null until it was tried.
  mail text check (mail in ('sent', 'not-sent', 'not-needed')),
  deactivated_at timestamptz,
  removed_at timestamptz,
  version integer not null check (version > 0),
  applied_version integer not null check (applied_version between 0 and version),
  -- In one process's hands until then.
  claimed_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- The database decides who of two invitations of one address is the one. Removing a member frees both.
create unique index users_email_unique on users (lower(email)) where removed_at is null and email is not null;
create unique index users_subject_unique on users (subject) where removed_at is null and subject is not null;

create table machine_clients (
  id uuid primary key,
  name text not null,
  role text not null check (role in ('editor', 'viewer', 'machine')),
  -- A tenant has at most as many as there are slots: the index below counts, not the service.
  slot smallint not null check (slot between 1 and 20),
  version integer not null check (version > 0),
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  removed_at timestamptz
);
create unique index machine_clients_slot_unique on machine_clients (slot) where removed_at is null;
create unique index machine_clients_name_unique on machine_clients (lower(name)) where removed_at is null;

-- A client of Keycloak with its secret, which is not here. Two alternate, so that a rotation overlaps.
create table machine_credentials (
  machine_client uuid not null references machine_clients,
  generation integer not null check (generation > 0),
  client_id text not null unique,
  subject text check (octet_length(subject) <= 255),
  state text not null check (state in ('making', 'active', 'ended')),
  -- The request that makes it: its repeat goes on with this row instead of making another.
  request_key text check (octet_length(request_key) <= 512),
  claimed_until timestamptz,
  -- No longer good from then on; null while it is the newest.
  expires_at timestamptz,
  created_at timestamptz not null,
  primary key (machine_client, generation)
);
create unique index machine_credentials_two on machine_credentials (machine_client, (generation % 2)) where state <> 'ended';
create unique index machine_credentials_request on machine_credentials (request_key) where state = 'making' and request_key is not null;

-- A row a subject, person or machine, written every few minutes at most; apart from the rows above, whose versions it must not touch.
create table last_seen (
  subject text primary key check (octet_length(subject) <= 255),
  seen_at timestamptz not null
) with (fillfactor = 70);
