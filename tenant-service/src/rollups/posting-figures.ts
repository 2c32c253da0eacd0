export const dayOf = (instant: string): string => `(${instant} at time zone 'UTC')::date`;

/** Who is to have a posting of account `t.account_id` counted: its owner at that version, since a merge moves accounts. */
export const POSTING_OWNER = `
  left join lateral (
    select (s.after ->> 'customerId')::uuid as customer_id from {schema}.history s
    where s.aggregate_id = t.account_id and s.aggregate = 'account' and s.change <> 'posted' and s.version <= t.account_version
    order by s.version desc limit 1
  ) o on true`;

/** What is counted of a posting `t` of account `a`, behind {@link POSTING_OWNER}. */
export const POSTING_FIGURES = `t.amount_minor, t.currency, ${dayOf('t.booked_at')} as booked, ${dayOf('t.created_at')} as posted, a.type as account_type,
    coalesce(o.customer_id, a.customer_id) as customer_id`;

/** Rows of `report_daily_accounts` that `postings` come to, one for each day, type and currency a posting is counted on. */
export const POSTING_STEPS = `
  select generation, posted as day, account_type, currency, 0 as accounts, amount_minor as balance, 0 as transactions, 0::bigint as credit, 0::bigint as debit
  from postings
  union all
  select generation, booked, account_type, currency, 0, 0, 1, greatest(amount_minor, 0), greatest(-amount_minor, 0) from postings`;

/** Adds `account_steps` to the figures of their days. */
export const ADD_ACCOUNT_STEPS = `
  insert into {schema}.report_daily_accounts as d
    (generation, day, account_type, currency, accounts, balance_minor, transactions, credit_minor, debit_minor)
  select generation, day, account_type, currency, sum(accounts), sum(balance), sum(transactions), sum(credit), sum(debit)
  from account_steps
  group by generation, day, account_type, currency order by generation, day, account_type, currency
  on conflict (generation, day, account_type, currency) do update set accounts = d.accounts + excluded.accounts,
    balance_minor = d.balance_minor + excluded.balance_minor, transactions = d.transactions + excluded.transactions,
    credit_minor = d.credit_minor + excluded.credit_minor, debit_minor = d.debit_minor + excluded.debit_minor`;

/**
 * The generation that nobody reads: what the postings came to that left for the archive. Figures that are made anew begin with it, because their rows
 * are not there any more.
 */
export const ARCHIVED_GENERATION = 0;
