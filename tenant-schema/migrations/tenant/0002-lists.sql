-- Lists: indexes of the sort orders a list offers, and saved views.
--
-- Catalogs and writes are a budget: an index costs every backend that serves the tenant about 12 kB, and every POST its upkeep. What was weighed
-- on 1 M customers (51 rows a page, in cache):
--   id (the default)       the primary key; a page costs the same at any depth.
--   createdAt              an index below: periods ("this quarter") are what lists are filtered by most, and it grows at its right end only:
--                          5 % more WAL a row.
--   updatedAt              none: it would make every update write all indexes, which a change of a segment or tag now does not (HOT).
--   name, status, segment, email   none: 13 % more WAL a row for name alone. Without, all rows that pass the filters are read and the best 51
--                          kept: 0.5 s for a million, in 100 kB of memory; the tenant's statement timeout bounds it.

-- With the id, the tie-breaker: rows of one import share their moment.
create index customers_created on customers (created_at, id) where deleted_at is null;

-- Costs a living customer nothing. Without it the list of the deleted ones would read all the others.
create index customers_deleted on customers (id) where deleted_at is not null;

-- A list's query with a name. The query is kept as the list takes it; the service checks it with the list's own parser.
create table saved_views (
  id uuid primary key,
  -- Subject of whoever made it.
  owner text not null,
  name text not null check (char_length(name) between 1 and 100),
  resource text not null,
  query text not null check (char_length(query) <= 4000),
  visibility text not null check (visibility in ('private', 'shared')),
  version integer not null check (version > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- The database decides the race for a name.
create unique index saved_views_name_unique on saved_views (owner, lower(name));

-- What may happen to a row of history grows with what the API can do.
alter table history drop constraint history_change_check;
alter table history add constraint history_change_check
  check (change in ('created', 'updated', 'deleted', 'restored', 'merged', 'unmerged', 'posted'));
