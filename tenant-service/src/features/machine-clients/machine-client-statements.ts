import { storeAnswer } from '../../journal/idempotency-keys.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/** How long a process has a credential for itself: longer than the calls that make one may take together. */
const CLAIM = `interval '60 seconds'`;
/** A removed client's tokens are refused for longer than any could live, whatever the identity provider still issues for it meanwhile. */
const FOREVER = `interval '30 days'`;

const CLIENT = `m.id, m.name, m.role, m.created_by as "createdBy", m.created_at as "createdAt"`;
const CREDENTIAL = `c.machine_client as "machineClient", c.generation, c.client_id as "clientId", c.state, c.expires_at as "expiresAt",
  c.created_at as "createdAt"`;
const document = (row: string) => `jsonb_build_object('name', ${row}.name, 'role', ${row}.role)`;
const workAt = (due: string, source: string) => `
  insert into tenantry.identity_work (kind, id, due_at) select 'machine-client', machine_client, ${due} from ${source}
  on conflict (writer, kind, id) do update set due_at = excluded.due_at`;

/** Newest first, with their credentials as JSON. $1 one of them, or null for all · $2 also one whose first secret is not made yet. */
export const findMachineClients = new TenantStatement(
  'mc_find',
  `
select ${CLIENT}, coalesce((
  select json_agg(json_build_object('clientId', c.client_id, 'createdAt', c.created_at, 'expiresAt', c.expires_at, 'lastUsedAt', l.seen_at)
    order by c.generation desc)
  from {schema}.machine_credentials c left join {schema}.last_seen l on l.subject = c.subject
  where c.machine_client = m.id and c.state = 'active' and (c.expires_at is null or c.expires_at > now())), '[]') as credentials
from {schema}.machine_clients m
where m.removed_at is null and ($1::uuid is null or m.id = $1::uuid)
  and ($2::boolean or exists (select from {schema}.machine_credentials c where c.machine_client = m.id and c.state = 'active'))
order by m.id desc`,
);

/** $1 request key. A credential its request has begun and not ended. */
export const findUnfinished = new TenantStatement(
  'mc_unfinished',
  `select ${CREDENTIAL} from {schema}.machine_credentials c where c.request_key = $1 and c.state = 'making'`,
);

/** $1 client id. No row: somebody else is at it, or it has ended. */
export const claimCredential = new TenantStatement(
  'mc_claim',
  `
with written as (
  update {schema}.machine_credentials c set claimed_until = now() + ${CLAIM}
  where c.client_id = $1 and c.state = 'making' and c.claimed_until < now()
  returning c.*
), worked as (${workAt(`now() + ${CLAIM}`, 'written')}
)
select ${CREDENTIAL} from written c`,
);

/** This process could not make it: its repeat may go on at once, and without one it is taken back soon. $1 client id. */
export const releaseCredential = new TenantStatement(
  'mc_release',
  `
with written as (
  update {schema}.machine_credentials c set claimed_until = now() where c.client_id = $1 and c.state = 'making' returning c.machine_client
)
update tenantry.identity_work w set due_at = now() + interval '10 seconds'
from written where w.writer = current_user and w.kind = 'machine-client' and w.id = written.machine_client`,
);

/** What is to be. $1 id · $2 name · $3 role · $4 client id · $5 request key · $6 time · $7 actor · $8 trace id. No row: no slot is free. */
export const createMachineClient = new TenantStatement(
  'mc_create',
  `
with slot as (
  select min(s)::smallint as slot from generate_series(1, 20) s
  where not exists (select from {schema}.machine_clients where slot = s and removed_at is null)
), made as (
  insert into {schema}.machine_clients as m (id, name, role, slot, version, created_by, created_at, updated_at)
  select $1::uuid, $2, $3, slot, 1, $7, $6::timestamptz, $6::timestamptz from slot where slot is not null
  returning m.*
), written as (
  insert into {schema}.machine_credentials as c (machine_client, generation, client_id, state, request_key, claimed_until, created_at)
  select id, 1, $4, 'making', $5, now() + ${CLAIM}, $6::timestamptz from made
  returning c.*
), worked as (${workAt(`now() + ${CLAIM}`, 'written')}
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, after)
  select 'machine-client', m.id, 1, $6::timestamptz, $7, $8, 'created', ${document('m')} from made m
)
select ${CREDENTIAL} from written c`,
);

/** A second credential. $1 id · $2 prefix of its client id · $3 request key · $4 time · $5 actor · $6 trace id. No row: there is no such client. */
export const rotateMachineClient = new TenantStatement(
  'mc_rotate',
  `
with client as (
  update {schema}.machine_clients m set version = m.version + 1, updated_at = $4::timestamptz
  where m.id = $1::uuid and m.removed_at is null
    and exists (select from {schema}.machine_credentials c where c.machine_client = m.id and c.state = 'active')
  returning m.*
), newest as (
  select max(c.generation) as generation from {schema}.machine_credentials c where c.machine_client = $1::uuid
), written as (
  insert into {schema}.machine_credentials as c (machine_client, generation, client_id, state, request_key, claimed_until, created_at)
  select client.id, newest.generation + 1, $2 || (newest.generation + 1), 'making', $3, now() + ${CLAIM}, $4::timestamptz from client, newest
  returning c.*
), worked as (${workAt(`now() + ${CLAIM}`, 'written')}
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'machine-client', m.id, m.version, $4::timestamptz, $5, $6, 'updated', ${document('m')}, ${document('m')} || '{"secret": "rotated"}'
  from client m
)
select ${CREDENTIAL} from written c`,
);

/** The credential is good. $1 client id · $2 subject · $3 until when the one before stays good · $4 answer to remember. No row: it was given up meanwhile. */
export const finishCredential = new TenantStatement(
  'mc_finish',
  `
with client as materialized (
  -- Waits for a removal under way, and then finds nothing.
  select m.id from {schema}.machine_clients m
  where m.id = (select machine_client from {schema}.machine_credentials where client_id = $1) and m.removed_at is null
  for update
), written as (
  update {schema}.machine_credentials c set state = 'active', subject = $2, claimed_until = null
  from client where c.machine_client = client.id and c.client_id = $1 and c.state = 'making'
  returning c.*
), ending as (
  update {schema}.machine_credentials c set expires_at = $3::timestamptz
  from written w where c.machine_client = w.machine_client and c.generation < w.generation and c.state = 'active'
  returning c.machine_client, c.expires_at
), scheduled as (${workAt('min(expires_at)', 'ending group by machine_client')}
), worked as (
  delete from tenantry.identity_work
  where writer = current_user and kind = 'machine-client' and id in (select machine_client from written)
    and id not in (select machine_client from ending)
), answered as (${storeAnswer('$4', 'written')}
)
select ${CREDENTIAL} from written c`,
);

/** $1 id · $2 time · $3 actor · $4 trace id. Its tokens are refused from the commit on. No row: there is no such client. */
export const removeMachineClient = new TenantStatement(
  'mc_remove',
  `
with client as (
  update {schema}.machine_clients m set removed_at = $2::timestamptz, version = m.version + 1, updated_at = $2::timestamptz
  where m.id = $1::uuid and m.removed_at is null
  returning m.*
), revoked as (
  insert into tenantry.revoked_tokens (subject, issued_until)
  select c.subject, now() + ${FOREVER} from {schema}.machine_credentials c join client m on m.id = c.machine_client
  where c.subject is not null and c.state <> 'ended'
  on conflict (writer, subject) do update set issued_until = excluded.issued_until
), worked as (${workAt('now()', '(select id as machine_client from client) gone')}
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before)
  select 'machine-client', m.id, m.version, $2::timestamptz, $3, $4, 'deleted', ${document('m')} from client m
)
select id from client`,
);

/** Credentials that have to end now, taken into this process's hands. $1 id. */
export const claimEnding = new TenantStatement(
  'mc_claim_ending',
  `
update {schema}.machine_credentials c set claimed_until = now() + ${CLAIM}
from {schema}.machine_clients m
where m.id = c.machine_client and c.machine_client = $1::uuid and (c.claimed_until is null or c.claimed_until < now())
  and (c.state = 'making' or (c.state = 'active' and (m.removed_at is not null or c.expires_at <= now())))
returning ${CREDENTIAL}`,
);

/** $1 client id: the identity provider has it no more. Tokens it got before end with it. */
export const endCredential = new TenantStatement(
  'mc_end',
  `
with ended as (
  update {schema}.machine_credentials c set state = 'ended', claimed_until = null where c.client_id = $1 and c.state <> 'ended' returning c.*
), revoked as (
  insert into tenantry.revoked_tokens (subject, issued_until) select subject, now() + ${FOREVER} from ended where subject is not null
  on conflict (writer, subject) do update set issued_until = excluded.issued_until
)
select from ended`,
);

/**
 * $1 id. A client whose first credential was given up is gone; the next look is when the next credential ends, or never. In a transaction
 * behind {@link endCredential}, whose rows it has to see.
 */
export const scheduleNext = new TenantStatement(
  'mc_schedule',
  `
with live as (
  select min(case when c.state = 'making' then c.claimed_until else c.expires_at end) as due_at, count(*) as live
  from {schema}.machine_credentials c where c.machine_client = $1::uuid and c.state <> 'ended'
), gone as (
  update {schema}.machine_clients m set removed_at = now() from live where m.id = $1::uuid and m.removed_at is null and live.live = 0
), later as (
  update tenantry.identity_work w set due_at = live.due_at from live
  where w.writer = current_user and w.kind = 'machine-client' and w.id = $1::uuid and live.due_at is not null
)
delete from tenantry.identity_work w using live
where w.writer = current_user and w.kind = 'machine-client' and w.id = $1::uuid and live.due_at is null`,
);
