import { storeAnswer } from '../../journal/idempotency-keys.ts';
import { TenantStatement } from '../../postgres/statement.ts';

/** How long a process has a row for itself: longer than the calls of one use case may take together. */
export const CLAIM = `interval '60 seconds'`;
/** Members of a tenant; a page is made from all of them. */
export const USERS_MAX = 1000;

const COLUMNS = `u.id, u.subject, u.email, u.role, u.invited_at as "invitedAt", u.request_key as "requestKey",
  u.request_hash as "requestHash", u.mail, u.deactivated_at as "deactivatedAt",
  u.removed_at as "removedAt", u.version, u.applied_version as "appliedVersion", u.created_at as "createdAt", u.updated_at as "updatedAt",
  (select l.seen_at from {schema}.last_seen l where l.subject = u.subject) as "lastSeenAt"`;
const document = (row: string) =>
  `jsonb_build_object('email', ${row}.email, 'role', ${row}.role, 'status', case when ${row}.deactivated_at is null then 'active' else 'deactivated' end)`;
const member = (row: string) =>
  `jsonb_build_object('id', ${row}.id, 'email', ${row}.email, 'role', ${row}.role, 'status', case when ${row}.deactivated_at is null then 'active' else 'deactivated' end, 'version', ${row}.version)`;
/** Names of the fields in which a row differs from what it was. */
const changed = (row: string, before: string) => `to_jsonb(array_remove(array[
    case when ${row}.email is distinct from ${before}->>'email' then 'email' end, case when ${row}.role <> ${before}->>'role' then 'role' end,
    case when (${row}.deactivated_at is null) <> (${before}->>'status' = 'active') then 'status' end], null))`;
/** The event of a change, committed with it. `from` names the row w and what it was before, `before` is its document then. */
const tell = ({ verb, data, at, from }: { readonly verb: string; readonly data: string; readonly at: string; readonly from: string }) => `
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, data)
  select gen_random_uuid(), 'dev.tenantry.user.' || ${verb} || '.v1', 'user', w.id, w.version, ${at}, ${data} from ${from}`;
const tellChange = (options: { readonly removed: string; readonly before: string; readonly at: string; readonly from: string }) =>
  tell({
    verb: `case when ${options.removed} then 'deleted'
    when w.deactivated_at is not null and ${options.before}->>'status' = 'active' then 'deactivated' else 'updated' end`,
    data: `case when ${options.removed} then jsonb_build_object('id', w.id, 'version', w.version)
    else jsonb_build_object('user', ${member('w')}, 'changed', ${changed('w', options.before)}) end`,
    at: options.at,
    from: options.from,
  });
/** Due when the claim has run out: whoever had it is then gone. */
const putIntoWork = `
  insert into tenantry.identity_work (kind, id, due_at) select 'user', id, now() + ${CLAIM} from written
  on conflict (writer, kind, id) do update set due_at = excluded.due_at`;

export const allUsers = new TenantStatement('users_all', `select ${COLUMNS} from {schema}.users u where u.removed_at is null`);

/** $1 id. Also of one who is removed. */
export const oneUser = new TenantStatement('user_one', `select ${COLUMNS} from {schema}.users u where u.id = $1::uuid`);

/** $1 email. */
export const userByEmail = new TenantStatement(
  'user_by_email',
  `select ${COLUMNS} from {schema}.users u where lower(u.email) = lower($1) and u.removed_at is null`,
);

/**
 * What is to be, before anything is done about it. $1 id · $2 email · $3 role · $4 time · $5 actor · $6 trace id ·
 * $7 key · $8 its request's hash. No row: the tenant is full.
 */
export const inviteUser = new TenantStatement(
  'user_invite',
  `
with written as (
  insert into {schema}.users as u (id, email, role, invited_at, request_key, request_hash, version, applied_version, claimed_until, created_at,
    updated_at)
  select $1::uuid, $2, $3, $4::timestamptz, $7, $8, 1, 0, now() + ${CLAIM}, $4::timestamptz, $4::timestamptz
  where (select count(*) from {schema}.users where removed_at is null) < ${USERS_MAX}
  returning u.*
), worked as (${putIntoWork}
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, after)
  select 'user', w.id, 1, $4::timestamptz, $5, $6, 'created', ${document('w')} from written w
), told as (${tell({ verb: `'created'`, data: `jsonb_build_object('user', ${member('w')}, 'invited', true)`, at: '$4::timestamptz', from: 'written w' })}
)
select ${COLUMNS} from written u`,
);

/** Takes a row whose change is not carried out into this process's hands. $1 id. No row: there is nothing to do, or somebody is at it. */
export const claimUser = new TenantStatement(
  'user_claim',
  `
with written as (
  update {schema}.users u set claimed_until = now() + ${CLAIM}
  where u.id = $1::uuid and u.applied_version < u.version and (u.claimed_until is null or u.claimed_until < now())
  returning u.*
), worked as (${putIntoWork}
)
select ${COLUMNS} from written u`,
);

/**
 * First of the two statements of a change: every active admin's row is locked, in one order, until the change is committed. The second then sees
 * what the winner of a race left, and cannot take the last one away.
 */
export const lockAdmins = new TenantStatement(
  'user_lock_admins',
  `select id from {schema}.users where role = 'admin' and deactivated_at is null and removed_at is null order by id for update`,
);

/**
 * $1 id · $2 version it was made from · $3 role · $4 deactivated · $5 removed · $6 time · $7 actor · $8 trace id. Tokens issued until now are
 * refused from the commit on; those of a person who loses the tenant also when they are issued before Keycloak has heard of it.
 */
export const changeUser = new TenantStatement(
  'user_change',
  `
with before as materialized (
  select u.* from {schema}.users u
  where u.id = $1::uuid and u.version = $2::int and u.removed_at is null and u.applied_version = u.version
    and (u.role <> 'admin' or u.deactivated_at is not null or ($3 = 'admin' and not $4::boolean and not $5::boolean) or exists (
      select from {schema}.users o where o.id <> u.id and o.role = 'admin' and o.deactivated_at is null and o.removed_at is null))
), written as (
  update {schema}.users u
  set role = $3, deactivated_at = case when $4::boolean then coalesce(u.deactivated_at, $6::timestamptz) end,
    removed_at = case when $5::boolean then $6::timestamptz end, version = u.version + 1, claimed_until = now() + ${CLAIM},
    updated_at = $6::timestamptz
  from before b where u.id = b.id and u.version = b.version
  returning u.*
), worked as (${putIntoWork}
), revoked as (
  insert into tenantry.revoked_tokens (subject, issued_until)
  select subject, case when $4::boolean or $5::boolean then now() + interval '1 day' else now() end from written where subject is not null
  on conflict (writer, subject) do update set issued_until = excluded.issued_until
), swept as (
  delete from tenantry.revoked_tokens where issued_until < now() - interval '2 hours' and subject not in (select subject from written)
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'user', w.id, w.version, $6::timestamptz, $7, $8, case when $5::boolean then 'deleted' else 'updated' end, ${document('b')},
    case when $5::boolean then null else ${document('w')} end
  from written w join before b on b.id = w.id
), told as (${tellChange({
    removed: '$5::boolean',
    before: `(${document('b')})`,
    at: '$6::timestamptz',
    from: 'written w join before b on b.id = w.id',
  })}
)
select ${COLUMNS} from written u`,
);

/**
 * The identity provider has heard of it. $1 id · $2 version · $3 subject · $4 what became of the mail · $5 answer to remember. From now on
 * tokens say what is true, so those issued until now are refused and later ones are not.
 */
export const settleUser = new TenantStatement(
  'user_settle',
  `
with written as (
  update {schema}.users u
  set applied_version = u.version, claimed_until = null, subject = coalesce($3, u.subject), mail = coalesce($4, u.mail)
  where u.id = $1::uuid and u.version = $2::int
  returning u.*
), worked as (
  delete from tenantry.identity_work where writer = current_user and kind = 'user' and id in (select id from written)
), revoked as (
  update tenantry.revoked_tokens r set issued_until = now() from written w where r.writer = current_user and r.subject = w.subject and w.version > 1
), answered as (${storeAnswer('$5', 'written')}
)
select ${COLUMNS} from written u`,
);

/** This process could not carry it out: another try soon, by whoever comes first. $1 id. */
export const releaseUser = new TenantStatement(
  'user_release',
  `
with written as (
  update {schema}.users u set claimed_until = null where u.id = $1::uuid and u.applied_version < u.version returning u.id
)
update tenantry.identity_work w set due_at = now() + interval '10 seconds'
from written where w.writer = current_user and w.kind = 'user' and w.id = written.id`,
);

/** Who asks first may send a mail; nobody else for a minute. $1 id. No row: it is too early, or a change is on its way. */
export const claimReminder = new TenantStatement(
  'user_remind',
  `
update {schema}.users u set invited_at = now(), mail = null
where u.id = $1::uuid and u.removed_at is null and u.deactivated_at is null and u.applied_version = u.version
  and (u.invited_at is null or u.invited_at < now() - interval '1 minute')
returning ${COLUMNS}`,
);

/** $1 id · $2 what became of the mail · $3 answer to remember. */
export const noteReminder = new TenantStatement(
  'user_reminded',
  `
with written as (
  update {schema}.users u set mail = $2 where u.id = $1::uuid returning u.id
), answered as (${storeAnswer('$3', 'written')}
)
select id from written`,
);

/** An invitation whose account turned out to be a member already, or whose address is none. $1 id. It was told of, so its end is told of. */
export const withdrawUser = new TenantStatement(
  'user_withdraw',
  `
with before as materialized (
  select u.* from {schema}.users u where u.id = $1::uuid and u.removed_at is null for update
), written as (
  update {schema}.users u
  set removed_at = date_trunc('milliseconds', now()), version = b.version + 1, applied_version = b.version + 1, claimed_until = null,
    updated_at = date_trunc('milliseconds', now())
  from before b where u.id = b.id
  returning u.*
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, change, before)
  select 'user', w.id, w.version, w.removed_at, 'identity-provider', 'deleted', ${document('b')} from written w join before b on b.id = w.id
), told as (${tell({ verb: `'deleted'`, data: `jsonb_build_object('id', w.id, 'version', w.version)`, at: 'w.removed_at', from: 'written w' })}
)
delete from tenantry.identity_work where writer = current_user and kind = 'user' and id in (select id from written)`,
);

/** $1 members found, as JSON · $2 time. One whose address or subject somebody has taken since is left out. */
export const adoptUsers = new TenantStatement(
  'users_adopt',
  `
with written as (
  insert into {schema}.users as u (id, subject, email, role, version, applied_version, created_at, updated_at)
  select id, subject, email, role, 1, 1, $2::timestamptz, $2::timestamptz
  from jsonb_to_recordset($1::jsonb) as f(id uuid, subject text, email text, role text)
  on conflict do nothing
  returning u.*
), told as (${tell({ verb: `'created'`, data: `jsonb_build_object('user', ${member('w')}, 'invited', false)`, at: '$2::timestamptz', from: 'written w' })}
)
insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, change, after)
select 'user', w.id, 1, $2::timestamptz, 'identity-provider', 'created', ${document('w')} from written w
on conflict do nothing`,
);

/** $1 changes, as JSON · $2 time. A row that has moved on since is left out. */
export const followUsers = new TenantStatement(
  'users_follow',
  `
with change as materialized (
  select u.id, f.role, f.email, f.removed, ${document('u')} as before
  from jsonb_to_recordset($1::jsonb) as f(id uuid, version int, role text, email text, removed boolean)
  join {schema}.users u on u.id = f.id and u.version = f.version and u.applied_version = u.version and u.removed_at is null
  order by u.id for update of u
), written as (
  update {schema}.users u
  set role = c.role, email = c.email, deactivated_at = null, removed_at = case when c.removed then $2::timestamptz end,
    version = u.version + 1, applied_version = u.version + 1, updated_at = $2::timestamptz
  from change c where u.id = c.id
  returning u.*
), told as (${tellChange({
    removed: 'c.removed',
    before: 'c.before',
    at: '$2::timestamptz',
    from: 'written w join change c on c.id = w.id',
  })}
)
insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, change, before, after)
select 'user', w.id, w.version, $2::timestamptz, 'identity-provider', case when c.removed then 'deleted' else 'updated' end, c.before,
  case when c.removed then null else ${document('w')} end
from written w join change c on c.id = w.id`,
);
