-- Old transactions leave for the archive; what they came to stays with their account.

alter table accounts
  -- Sum of the postings that left: with those that are there it is the balance.
  add column archived_minor numeric not null default 0,
  -- The latest booking among them: whatever is asked of later bookings alone is still told by the table.
  add column archived_booked_at timestamptz;

-- An original leaves before its reversal, and may do so in another file. That one is reversed once is said by transactions_reversed_once.
alter table transactions drop constraint transactions_reverses_id_fkey;

-- Nobody may delete a transaction. This takes out what the file of an archive has, all of it or nothing, and only for the job worker's login,
-- whatever role it has taken. $1 archive · $2 attempt. The rows that went; none: others are there than the file has, or it is not this attempt's.
--
-- What is booked or was posted after the cut stays, and so do both sides of a reversal as long as one of them is that young.
create function remove_archived_transactions(uuid, integer)
returns table (account_id uuid, account_version integer, amount_minor bigint, currency text, booked_at timestamptz, created_at timestamptz)
language sql volatile security definer
begin atomic
  with archive as (
    select id, cut, row_count, first_id, first_version, last_id, last_version from archives
    where id = $1 and attempt = $2 and kind = 'transactions' and state = 'stored' and starts_with(session_user::text, 'tenantry_jobs@')
    for update
  ), going as materialized (
    select t.id from archive a
    join transactions t on t.account_id >= a.first_id and t.account_id <= a.last_id and t.booked_at < a.cut and t.created_at < a.cut
    where (t.account_id, t.account_version) >= (a.first_id, a.first_version) and (t.account_id, t.account_version) <= (a.last_id, a.last_version)
      and not exists (select from transactions r where r.reverses_id = t.id and (r.booked_at >= a.cut or r.created_at >= a.cut))
      -- A reversal never goes before what it takes back: that could be reversed once more.
      and not exists (
        select from transactions o
        where o.id = t.reverses_id and (o.booked_at >= a.cut or o.created_at >= a.cut or (o.account_id, o.account_version) < (a.first_id, a.first_version)))
  ), removed as (
    update archives set state = 'removed', removed_at = clock_timestamp(), claimed_until = null
    where id in (select id from archive where row_count = (select count(*) from going))
    returning row_count
  )
  delete from transactions t using going g
  where t.id = g.id and exists (select from removed)
  returning t.account_id, t.account_version, t.amount_minor, t.currency, t.booked_at, t.created_at;
end;
