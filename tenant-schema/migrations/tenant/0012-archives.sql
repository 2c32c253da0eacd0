-- The archive: what grew old in the tables before this, and lies in the cell's bucket now.

-- A row a file. It is made before its file and goes one way: `open` (the file is being made), `stored` (the file was read back whole, the rows may
-- go), `removed` (the rows are gone: the file is the only one that has them). Whoever works on one names the attempt it was given, or changes nothing.
create table archives (
  id uuid primary key,
  kind text not null,
  state text not null default 'open' check (state in ('open', 'stored', 'removed')),
  attempt integer not null default 1 check (attempt > 0),
  -- In one worker's hands until then.
  claimed_until timestamptz,
  -- Everything in it is older.
  cut timestamptz not null,
  -- Nothing that is older than the cut and may go was left behind it.
  is_last boolean,
  object_key text,
  row_count integer check (row_count > 0),
  bytes bigint,
  sha256 text,
  -- Its rows in the order of their keys: the first and the last. A version is 0 where the id alone is the key.
  first_id uuid,
  first_version integer,
  last_id uuid,
  last_version integer,
  oldest_at timestamptz,
  newest_at timestamptz,
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  constraint archives_stored_is_known check (state = 'open'
    or num_nulls(is_last, object_key, row_count, bytes, sha256, first_id, first_version, last_id, last_version, oldest_at, newest_at) = 0),
  constraint archives_removed_once check ((state = 'removed') = (removed_at is not null))
);

-- Two workers never take the same rows out.
create unique index archives_one_at_once on archives (kind) where state <> 'removed';
-- How far back the tables still tell everything is asked with every look into the past.
create index archives_cut on archives (kind, cut);

-- Nobody may delete from the history. This takes out what the file of an archive has, all of it or nothing, and only for the job worker's login,
-- whatever role it has taken. $1 archive · $2 attempt. Null: other rows are there than the file has, or it is not this attempt's.
--
-- What stays of each aggregate, however old: the newest version before the cut, which tells how it was then; of an account also its newest
-- settings before the cut; and every coming and going (created, deleted, restored, merged, unmerged), which reports count.
create function remove_archived_history(uuid, integer) returns integer
language sql volatile security definer
begin atomic
  with archive as (
    select id, cut, row_count, first_id, first_version, last_id, last_version from archives
    where id = $1 and attempt = $2 and kind = 'history' and state = 'stored' and starts_with(session_user::text, 'tenantry_jobs@')
    for update
  ), going as materialized (
    select h.aggregate_id, h.version from archive a
    join history h on (h.aggregate_id, h.version) >= (a.first_id, a.first_version) and (h.aggregate_id, h.version) <= (a.last_id, a.last_version)
    where h.changed_at < a.cut and h.change in ('updated', 'posted')
      and exists (select from history n where n.aggregate_id = h.aggregate_id and n.version > h.version and n.changed_at < a.cut)
      and (h.aggregate <> 'account' or h.change = 'posted' or exists (
        select from history n where n.aggregate_id = h.aggregate_id and n.version > h.version and n.changed_at < a.cut and n.change <> 'posted'))
  ), removed as (
    update archives set state = 'removed', removed_at = clock_timestamp(), claimed_until = null
    where id in (select id from archive where row_count = (select count(*) from going))
    returning row_count
  ), gone as (
    delete from history h using going g
    where h.aggregate_id = g.aggregate_id and h.version = g.version and exists (select from removed)
  )
  select row_count from removed;
end;
