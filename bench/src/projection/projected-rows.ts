/** An event of rows that are there. */
export interface MadeEvent {
  readonly type: string;
  readonly subject: string;
  readonly version: number;
  readonly time: string;
  /** JSON text. */
  readonly data: string;
}

/** An endpoint that asks for a fifth of the events. Nobody sends them. */
export const MAKE_ENDPOINT = `
insert into {schema}.webhook_endpoints (id, url, description, types, ordered, status, secret, version, created_by, created_at, updated_at)
values (uuidv7(), 'https://example.org/', 'bench', '{dev.tenantry.customer.*}', false, 'enabled', 'none', 1, 'bench', now(), now())`;

const document = (fields: string): string => `jsonb_build_object(${fields})`;
const CUSTOMER =
  document(`'id', c, 'externalId', 'ext-' || n, 'name', 'Customer Number ' || n, 'email', n || '-' || c || '@example.org', 'phone', '+49 30 ' || n,
  'status', 'active', 'segment', (array['retail', 'corporate', 'public'])[1 + n % 3], 'tags', jsonb_build_array('a', 'b'),
  'attributes', jsonb_build_object('city', 'Berlin', 'score', n % 100), 'version', 1, 'createdAt', at, 'updatedAt', at`);
const ACCOUNT =
  document(`'id', a, 'customerId', c, 'number', 'DE' || a, 'name', null, 'type', (array['current', 'savings'])[1 + n % 2], 'currency', 'EUR',
  'status', 'active', 'overdraftLimitMinor', '0', 'balanceMinor', '0', 'version', 1, 'createdAt', at, 'updatedAt', at`);

/** $1 customers, each with an account and three postings on it, as the service writes them, over three months; $2 marks them. */
export const MAKE_ROWS = `
with units as materialized (
  select n, uuidv7() as c, uuidv7() as a, date_trunc('milliseconds', now() - n % 90 * interval '1 day') as at from generate_series(1, $1) n
), customers as (
  insert into {schema}.customers (id, name, email, status, segment, version, created_at, updated_at)
  select c, 'Customer Number ' || n, n || '-' || c || '@example.org', 'active', (array['retail', 'corporate', 'public'])[1 + n % 3], 1, at, at from units
), accounts as (
  insert into {schema}.accounts (id, customer_id, number, type, currency, status, overdraft_limit_minor, balance_minor, version, settings_version, created_at, updated_at)
  select a, c, 'DE' || a, (array['current', 'savings'])[1 + n % 2], 'EUR', 'active', 0, 300, 4, 1, at, at from units
), postings as materialized (
  select uuidv7() as t, u.*, p from units u cross join generate_series(1, 3) p
), transactions as (
  insert into {schema}.transactions (id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at)
  select t, a, 1 + p, 'deposit', 100, 'EUR', 100 * p, at, at from postings
)
insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, change, before, after)
select 'customer', c, 1, at, $2, 'created', null::jsonb, ${CUSTOMER} from units
union all select 'account', a, 1, at, $2, 'created', null, ${ACCOUNT} from units
union all select 'account', a, 1 + p, at, $2, 'posted', ${document(`'balanceMinor', (100 * p - 100)::text`)},
  ${document(`'balanceMinor', (100 * p)::text, 'transactionId', t`)} from postings`;

/** The events of those that $1 marks, in an order in which they may have happened. */
export const EVENTS_OF_ROWS = `
select case when h.change = 'posted' then 'dev.tenantry.transaction.posted.v1' else 'dev.tenantry.' || h.aggregate || '.created.v1' end as type,
  h.aggregate || 's/' || h.aggregate_id as subject, h.version, to_char(h.changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as time,
  case when t.id is null then jsonb_build_object(h.aggregate, h.after)
    else jsonb_build_object('transaction', jsonb_build_object('id', t.id, 'accountId', t.account_id, 'accountVersion', t.account_version, 'kind', t.kind,
      'amountMinor', t.amount_minor::text, 'currency', t.currency, 'balanceAfterMinor', t.balance_after_minor::text, 'bookedAt', t.booked_at,
      'createdAt', t.created_at, 'reference', null, 'description', null, 'transferId', null, 'reverses', null, 'reversedBy', null)) end::text as data
from {schema}.history h left join {schema}.transactions t on t.id = (h.after ->> 'transactionId')::uuid
where h.actor = $1 order by h.version, h.aggregate_id`;
