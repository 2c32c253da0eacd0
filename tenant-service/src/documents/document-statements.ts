import { PROFILE_MAX } from '@tenantry/contracts';
import { documentOf } from '../features/customers/customer-statements.ts';
import { transactionJson } from '../features/transactions/transaction-document.ts';
import { accountDocument } from '../journal/account-document.ts';
import { instantSql } from '../listing/list-column.ts';
import { TenantStatement } from '../postgres/statement.ts';

/**
 * Everything a profile is made of, as versions: two profiles with the same stamp are the same. A posting makes a version of its account. With the times of the changes,
 * because after a restore the same number may be given once more.
 */
const STAMP = `c.version || '@' || extract(epoch from c.updated_at) || ':' || (
    select count(*) || '/' || coalesce(sum(a.version), 0) || '@' || coalesce(extract(epoch from max(a.updated_at)), 0) from {schema}.accounts a where a.customer_id = c.id
  ) || ':' || coalesce((
    select string_agg(p.id || '.' || p.version, ',' order by p.source) from {schema}.customer_payloads p where p.customer_id = c.id
  ), '')`;

const PROFILE = `json_build_object(
    'customer', ${documentOf('c')}::json,
    'accounts', (
      select coalesce(json_agg(row_to_json(${accountDocument('a')}) order by a.id desc), '[]')
      from (select * from {schema}.accounts where customer_id = c.id order by id desc limit ${PROFILE_MAX.accounts}) a
    ),
    'recentTransactions', (
      select coalesce(json_agg(${transactionJson('t')} order by t.created_at desc, t.id desc), '[]')
      from (
        select n.* from {schema}.accounts a
        cross join lateral (
          select * from {schema}.transactions where account_id = a.id
          order by booked_at desc, account_version desc limit ${PROFILE_MAX.transactions}
        ) n
        where a.customer_id = c.id order by n.created_at desc, n.id desc limit ${PROFILE_MAX.transactions}
      ) t
    ),
    'recentChanges', (
      select coalesce(json_agg(json_build_object('version', h.version, 'change', h.change, 'changedAt', ${instantSql('h.changed_at')}, 'actor', h.actor)
        order by h.version desc), '[]')
      from (
        select * from {schema}.history where aggregate_id = c.id and aggregate = 'customer' order by version desc limit ${PROFILE_MAX.changes}
      ) h
    ),
    'integrations', (
      select coalesce(json_agg(json_build_object('source', p.source, 'version', p.version, 'updatedAt', ${instantSql('p.updated_at')},
        'updatedBy', p.updated_by, 'payload', p.payload) order by p.source), '[]')
      from {schema}.customer_payloads p where p.customer_id = c.id
    )
  )::text`;

/** Profiles of the customers $1. `profile` is null for who is gone. */
export const READ_PROFILES = new TenantStatement(
  'profiles_read',
  `
select asked.id, case when c.id is not null then ${STAMP} end as stamp, case when c.id is not null then ${PROFILE} end as profile
from unnest($1::uuid[]) as asked (id) left join {schema}.customers c on c.id = asked.id and c.deleted_at is null`,
);

/** Whose the accounts $1 are. */
export const OWNERS = new TenantStatement(
  'profiles_owners',
  'select distinct a.customer_id as id from {schema}.accounts a where a.id = any($1::uuid[])',
);

/** The stamp the profile of customer $1 has now. No row: there is no such customer. */
export const PROFILE_STAMP = new TenantStatement(
  'profile_stamp',
  `select ${STAMP} as stamp from {schema}.customers c where c.id = $1::uuid and c.deleted_at is null`,
);

/** The next $2 customers behind id $1, in the order of ids. */
export const NEXT_CUSTOMERS = new TenantStatement(
  'profiles_next',
  'select id from {schema}.customers where id > $1::uuid and deleted_at is null order by id limit $2::int',
);

/** Who made the versions $3 of the things $2 of kinds $1. */
export const WHO_DID_IT = new TenantStatement(
  'audit_who',
  `select h.aggregate, h.aggregate_id as "aggregateId", h.version, h.actor, h.change
  from unnest($1::text[], $2::uuid[], $3::int[]) as k (aggregate, aggregate_id, version)
  join {schema}.history h on h.aggregate_id = k.aggregate_id and h.aggregate = k.aggregate and h.version = k.version`,
);

/**
 * The event log backwards: up to $3 events with numbers above $1 and below $2, of types that begin with $4, of subject $5, made by $6 (null: all).
 */
export const READ_TRAIL = new TenantStatement(
  'audit_trail',
  `select e.seq::text, e.id::text, e.type, e.subject, e.version, e.occurred_at as "occurredAt", e.traceparent, e.data::text as data, e.hash,
    h.actor, h.change
  from {schema}.events e
  left join {schema}.history h on h.aggregate = rtrim(split_part(e.subject, '/', 1), 's')
    and h.aggregate_id = case when split_part(e.subject, '/', 2) ~ '^[0-9a-f-]{36}$' then split_part(e.subject, '/', 2)::uuid end
    and h.version = e.version and e.type like 'dev.tenantry.%'
  where e.seq > $1::bigint and e.seq < $2::bigint and ($4::text is null or starts_with(e.type, $4::text))
    and ($5::text is null or e.subject = $5::text) and ($6::text is null or h.actor = $6::text)
  order by e.seq desc limit $3::int`,
);
