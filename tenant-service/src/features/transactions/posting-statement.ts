import type { IdempotencyKey } from '../../journal/idempotency-keys.ts';
import { TenantStatement } from '../../postgres/statement.ts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
import { transactionJson, transferJson } from './transaction-document.ts';

/** An amount to be added to an account's balance. Ids in small letters, times in ISO 8601. */
export interface Posting {
  readonly id: string;
  readonly accountId: string;
  readonly kind: string;
  readonly amountMinor: string;
  /** Refused when the account has another. */
  readonly currency: string | undefined;
  readonly bookedAt: string;
  readonly at: string;
  readonly reference: string | null;
  readonly description: string | null;
  readonly transferId?: string | null;
  readonly reversesId?: string | null;
  readonly actor: string;
  readonly traceId: string;
  readonly traceparent: string;
  readonly eventId: string;
  /** What the stored answer goes under; of postings together the first one's only. */
  readonly key: IdempotencyKey | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export type Refusal = 'not-found' | 'account-not-active' | 'currency-mismatch' | 'balance-out-of-range' | 'insufficient-funds';

/** What became of a posting. `body` is JSON text of its answer; `account` is absent for one that is not there. */
export type PostingOutcome =
  | { readonly verdict: 'posted'; readonly body: string }
  | { readonly verdict: Refusal; readonly account: RefusingAccount | undefined };

/** The account as the refused posting met it. */
export interface RefusingAccount {
  readonly status: string;
  readonly currency: string;
  readonly balanceMinor: string;
  readonly overdraftLimitMinor: string;
}

/**
 * Postings of any accounts of a tenant, in the order given: each is posted or refused for itself, and a refused one changes nothing for those
 * behind it. @throws the database's error, 23505 when a key exists.
 */
export function postEach(tx: TenantTransaction, postings: readonly Posting[]): Promise<PostingOutcome[]> {
  return run(tx, EACH, postings);
}

/** All of them or none, answered by the first one's document. @throws the database's error, 23505 when a key or a reversal exists. */
export function postTogether(tx: TenantTransaction, postings: readonly Posting[]): Promise<PostingOutcome[]> {
  return run(tx, TOGETHER, postings);
}

/** Both sides of a transfer: what leaves one account and what comes to the other. */
export type TransferPosting = readonly [debit: Posting, credit: Posting];

/**
 * All of these transfers or none: two outcomes each, the debit's first, whose body is the transfer's. Where only some would be refused, these say
 * which, and the others have to be tried again. @throws the database's error, 23505 when a key exists.
 */
export function postTransfers(tx: TenantTransaction, transfers: readonly TransferPosting[]): Promise<PostingOutcome[]> {
  return run(tx, TRANSFERS, transfers.flat());
}

async function run(tx: TenantTransaction, statement: TenantStatement, postings: readonly Posting[]): Promise<PostingOutcome[]> {
  const rows = await tx.run(statement, [JSON.stringify(postings.map(toInput))]);
  return rows.map(({ verdict, body, account }) =>
    verdict === 'posted'
      ? { verdict, body: body as string }
      : { verdict: verdict as Refusal, account: (account as RefusingAccount | null) ?? undefined },
  );
}

function toInput(posting: Posting, place: number) {
  const { key, headers, ...rest } = posting;
  return { n: place, ...rest, ...(key ? { key: key.key, requestHash: key.requestHash, headers } : {}) };
}

/** Balances have at most eighteen digits, so that a sum of two fits into a bigint and the check is asked, not the overflow. */
const RANGE = '-999999999999999999 and 999999999999999999';

/**
 * Accounts are locked in the order of their ids, so two of these never wait for each other in a circle, and their balances are read under the
 * lock. Then the postings of an account are decided one behind the other (`decided` walks them; a window function could not leave out a refused
 * one), and everything that follows is made from what was accepted: balance, transactions, history, events, stored answers. Joins are by `n`: by account
 * and place the planner compares every posting of an account with every other.
 */
const posting = (mode: 'each' | 'together' | 'transfers'): string => `
with recursive ${postingCtes(mode, 'jsonb_to_recordset($1::jsonb)')}
${VERDICTS}
order by i.n`;

/** The CTEs of it, for a statement that does more around them. `rows` is a recordset, joined with whatever they are to depend on. */
export function postingCtes(mode: 'each' | 'together' | 'transfers', rows: string): string {
  const isAtomic = mode !== 'each';
  return `input as materialized (
  select r.n, r.id, r."accountId" as account_id, r.kind, r."amountMinor" as amount_minor, r.currency as wanted_currency,
    r."bookedAt" as booked_at, r.at, r.reference, r.description, r."transferId" as transfer_id, r."reversesId" as reverses_id,
    r.actor, r."traceId" as trace_id, r.traceparent, r."eventId" as event_id, r.key, r."requestHash" as request_hash, r.headers
  from ${rows} as r(n int, id uuid, "accountId" uuid, kind text, "amountMinor" bigint, currency text,
    "bookedAt" timestamptz, at timestamptz, reference text, description text, "transferId" uuid, "reversesId" uuid, actor text,
    "traceId" text, traceparent text, "eventId" uuid, key text, "requestHash" text, headers jsonb)
), locked as materialized (
  select a.id, a.status, a.currency, a.balance_minor, a.overdraft_limit_minor, a.version, a.updated_at
  from {schema}.accounts a where a.id = any(array(select account_id from input)) order by a.id for no key update
), queued as materialized (
  select i.*, l.status, l.currency, l.overdraft_limit_minor, l.version as version_before, l.updated_at as posted_before,
    row_number() over (partition by i.account_id order by i.n) as place
    ${isAtomic ? ', min(l.currency) over (partition by i.transfer_id) <> max(l.currency) over (partition by i.transfer_id) as is_mixed' : ''}
  from input i join locked l on l.id = i.account_id
), decided (n, account_id, place, balance_minor, verdict) as (
  select null::int, id, 0::bigint, balance_minor, null::text from locked
  union all
  select q.n, q.account_id, q.place, case v.verdict when 'posted' then d.balance_minor + q.amount_minor else d.balance_minor end, v.verdict
  from decided d
  join queued q on q.account_id = d.account_id and q.place = d.place + 1
  cross join lateral (select case
    when q.status <> 'active' then 'account-not-active'
    when q.wanted_currency <> q.currency ${isAtomic ? 'or q.is_mixed' : ''} then 'currency-mismatch'
    when d.balance_minor + q.amount_minor not between ${RANGE} then 'balance-out-of-range'
    when d.balance_minor + q.amount_minor < -q.overdraft_limit_minor then 'insufficient-funds'
    else 'posted' end as verdict) v
), accepted as (
  select q.*, d.balance_minor as balance_after_minor, (q.version_before + row_number() over postings)::int as account_version,
    greatest(q.posted_before, max(q.at) over postings) as created_at
  from queued q join decided d using (n)
  where d.verdict = 'posted'
  ${isAtomic ? `and (select count(*) from decided where verdict = 'posted') = (select count(*) from input)` : ''}
  window postings as (partition by q.account_id order by q.place)
), entered as materialized (
  select t.*, ${transactionJson('t', 'null::uuid')} as document from accepted t
), moved as (
  update {schema}.accounts a set balance_minor = e.balance_after_minor, version = e.account_version, updated_at = e.created_at
  from (select distinct on (account_id) account_id, balance_after_minor, account_version, created_at
    from entered order by account_id, account_version desc) e
  where a.id = e.account_id
), written as (
  insert into {schema}.transactions (id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at,
    reference, description, transfer_id, reverses_id)
  select id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at,
    reference, description, transfer_id, reverses_id from entered order by n
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, before, after)
  select 'account', account_id, account_version, created_at, actor, trace_id, 'posted',
    jsonb_build_object('balanceMinor', (balance_after_minor - amount_minor)::text),
    jsonb_build_object('balanceMinor', balance_after_minor::text, 'transactionId', id) from entered
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select event_id, 'dev.tenantry.transaction.posted.v1', 'account', account_id, account_version, created_at, traceparent,
    jsonb_build_object('transaction', document) from entered
), answers as (
  ${
    mode === 'transfers'
      ? `select d.n, d.key, d.request_hash, d.headers, ${transferJson('d', 'c', 'd.document', 'c.document')}::text as body
  from entered d join entered c on c.n = d.n + 1 where d.n % 2 = 0`
      : 'select n, key, request_hash, headers, document::text as body from entered'
  }
), answered as (
  insert into {schema}.idempotency_keys (key, request_hash, status, headers, body)
  select key, request_hash, 201, headers, body from answers where key is not null
)`;
}

/** What became of each input, behind {@link postingCtes}. */
export const VERDICTS = `
select coalesce(d.verdict, 'not-found') as verdict, r.body,
  case when d.verdict <> 'posted' then jsonb_build_object('status', q.status, 'currency', q.currency,
    'balanceMinor', d.balance_minor::text, 'overdraftLimitMinor', q.overdraft_limit_minor::text) end as account
from input i
left join queued q using (n)
left join decided d using (n)
left join answers r using (n)`;

const EACH = new TenantStatement('post_each', posting('each'));
const TOGETHER = new TenantStatement('post_together', posting('together'));
const TRANSFERS = new TenantStatement('post_transfers', posting('transfers'));
