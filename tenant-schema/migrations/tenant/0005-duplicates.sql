-- Customers that are the same: who was merged into whom, what is needed to undo it, and the pairs somebody has looked at.

-- Set while the customer is merged away, and then it is deleted as well: everything that looks for live customers needs not know.
-- A nullable column without an index or a foreign key costs a new customer nothing.
alter table customers add column merged_into uuid;
alter table customers add constraint customers_merged_is_deleted check (merged_into is null or deleted_at is not null);

create table merges (
  id uuid primary key,
  survivor_id uuid not null references customers (id),
  merged_id uuid not null references customers (id),
  -- Documents as they were and as they became; of the fields in between only those in `changed` differ.
  survivor_before jsonb not null,
  survivor_after jsonb not null,
  merged_before jsonb not null,
  changed text[] not null,
  -- Accounts that moved to the survivor.
  accounts uuid[] not null default '{}',
  merged_at timestamptz not null,
  merged_by text not null,
  undone_at timestamptz,
  undone_by text,
  constraint merges_two_customers check (survivor_id <> merged_id),
  constraint merges_undone_by_somebody check ((undone_at is null) = (undone_by is null))
);
-- A customer is merged away once at a time.
create unique index merges_open on merges (merged_id) where undone_at is null;

-- Pairs that are not the same, by somebody's word. The smaller id first, so that a pair is one row.
create table duplicate_dismissals (
  low_id uuid not null references customers (id),
  high_id uuid not null references customers (id),
  dismissed_at timestamptz not null,
  dismissed_by text not null,
  primary key (low_id, high_id),
  constraint duplicate_dismissals_ordered check (low_id < high_id)
);

-- One mailbox has many addresses: tags after a plus, and dots at Gmail. Only addresses that may be such a spelling pay for this index; the plain
-- one is found by customers_email_unique, phones and names by customers_search. The expression is the service's (email-key.ts).
create index customers_email_alias on customers ((
    case when lower(split_part(email, '@', 2)) in ('gmail.com', 'googlemail.com')
    then replace(split_part(split_part(lower(email), '@', 1), '+', 1), '.', '') || '@gmail.com'
    else split_part(split_part(lower(email), '@', 1), '+', 1) || '@' || split_part(lower(email), '@', 2) end
  ))
  where deleted_at is null and (strpos(email, '+') > 0 or lower(split_part(email, '@', 2)) in ('gmail.com', 'googlemail.com'));

-- The audit list is read newest first, by time. Rows arrive in the order of time, so a summary of every 32 pages finds a span of it: a new row
-- pays 1 % for it, where a b-tree took 20 % of what history costs.
create index history_changed_at on history using brin (changed_at) with (pages_per_range = 32, autosummarize = on);
