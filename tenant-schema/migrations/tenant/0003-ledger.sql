-- Accounts and transactions: money in integer minor units, never a fraction.

-- Whether a customer may go is decided by its own row: an account is opened or closed together with this number, in one statement,
-- so a deletion and an opening that meet are put in order by the row's lock. A foreign key would not see a soft deletion.
alter table customers add column open_accounts integer not null default 0;
alter table customers add constraint customers_open_accounts_counted check (open_accounts >= 0);
alter table customers add constraint customers_deleted_has_no_open_accounts check (deleted_at is null or open_accounts = 0);

create table accounts (
  id uuid primary key,
  customer_id uuid not null references customers (id),
  number text not null,
  name text,
  type text not null check (type in ('current', 'savings', 'credit', 'loan')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null check (status in ('active', 'frozen', 'closed')),
  -- How far below zero the balance may go; of a credit or a loan the sum granted.
  overdraft_limit_minor bigint not null,
  -- Eighteen digits: the sum of any two still fits, so no addition overflows before the check is asked.
  balance_minor bigint not null default 0,
  -- Counts changes and postings, without gaps.
  version integer not null check (version > 0),
  -- The version of the last change that was no posting: postings do not make a pending change of the account stale.
  settings_version integer not null check (settings_version > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint accounts_settings_version check (settings_version <= version),
  constraint accounts_overdraft_limit check (overdraft_limit_minor between 0 and 999999999999999999),
  constraint accounts_savings_have_no_overdraft check (type <> 'savings' or overdraft_limit_minor = 0),
  constraint accounts_balance_in_range check (balance_minor between -999999999999999999 and 999999999999999999),
  constraint accounts_within_overdraft check (balance_minor >= -overdraft_limit_minor),
  constraint accounts_closed_is_empty check (status <> 'closed' or balance_minor = 0)
) with (
  -- A posting changes no indexed column: with room on its page the row moves nowhere, however busy the account.
  fillfactor = 50
);

create unique index accounts_number_unique on accounts (lower(number));
create index accounts_of_customer on accounts (customer_id, id);

-- What an account was at an earlier version: its newest change that was no posting. Postings do not pay for it.
create index history_account_changes on history (aggregate_id, version) where aggregate = 'account' and change <> 'posted';

-- Append-only: the app role may insert and select. One table: ids are time-ordered, so this one can later be attached as the first partition
-- of a table partitioned by id. Until then nothing is gained by one default partition, and it would take the unique index on reverses_id away.
create table transactions (
  id uuid primary key,
  account_id uuid not null references accounts (id),
  -- The account's version that this posting made. Unique with account_id because history's key is.
  account_version integer not null check (account_version > 0),
  kind text not null check (kind in ('deposit', 'withdrawal', 'fee', 'interest', 'adjustment', 'transfer', 'reversal')),
  -- Added to the balance: what leaves the account is negative.
  amount_minor bigint not null check (amount_minor <> 0 and amount_minor between -999999999999999999 and 999999999999999999),
  currency text not null,
  balance_after_minor bigint not null,
  -- When it counts, as the caller says; statements go by it.
  booked_at timestamptz not null,
  -- When it was posted; never earlier than the account's posting before.
  created_at timestamptz not null,
  reference text,
  description text,
  -- Of the two postings of a transfer the same.
  transfer_id uuid,
  -- The posting this one takes back.
  reverses_id uuid references transactions (id),
  constraint transactions_reversal check ((kind = 'reversal') = (reverses_id is not null)),
  constraint transactions_transfer check (kind <> 'transfer' or transfer_id is not null)
);

-- Lists and statements of one account; the amount is there so that sums need not visit the table.
create index transactions_of_account on transactions (account_id, booked_at, account_version) include (amount_minor);
-- A posting is taken back once.
create unique index transactions_reversed_once on transactions (reverses_id) where reverses_id is not null;
create index transactions_of_transfer on transactions (transfer_id) where transfer_id is not null;
