import { instantSql } from '../listing/list-column.ts';
import { TenantStatement } from '../postgres/statement.ts';

/* SQL of the archive. The row is the record; whoever works on one names the attempt it was given, or changes nothing. */

const until = (leaseMs: string): string => `clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'`;

/** An archive as its worker needs it: OpenArchive of archiver.ts. */
const WORK = `a.id, a.kind, a.state, a.attempt, ${instantSql('a.cut')} as cut, a.object_key as key, a.row_count as rows, a.bytes, a.sha256,
  a.first_id as "firstId", a.first_version as "firstVersion", a.last_id as "lastId", a.last_version as "lastVersion",
  ${instantSql('a.oldest_at')} as oldest, ${instantSql('a.newest_at')} as newest, a.is_last as "isLast"`;

/** $1 kind · $2 lease in ms. What another worker began and left, or this one. */
export const takeArchive = new TenantStatement(
  'archive_take',
  `
update {schema}.archives a set attempt = attempt + 1, claimed_until = ${until('$2')}
where a.kind = $1 and a.state <> 'removed' and (a.claimed_until is null or a.claimed_until < clock_timestamp())
returning ${WORK}`,
);

/** $1 kind · $2 lease in ms · $3 id · $4 cut. No row: one is under way, or everything before this cut is archived. */
export const beginArchive = new TenantStatement(
  'archive_begin',
  `
insert into {schema}.archives as a (id, kind, cut, claimed_until)
select $3::uuid, $1, $4::timestamptz, ${until('$2')}
where not exists (select from {schema}.archives o where o.kind = $1 and (o.state <> 'removed' or o.is_last and o.cut >= $4::timestamptz))
on conflict (kind) where state <> 'removed' do nothing
returning ${WORK}`,
);

/** $1 kind · $2 cut. Behind which key to go on, and since when things may have changed at all. */
export const archiveBounds = new TenantStatement(
  'archive_bounds',
  `
select l.last_id as "afterId", l.last_version as "afterVersion",
  (select ${instantSql('max(d.cut)')} from {schema}.archives d where d.kind = $1 and d.state = 'removed' and d.is_last) as since
from (select) as always left join lateral (
  select last_id, last_version from {schema}.archives
  where kind = $1 and cut = $2::timestamptz and state = 'removed' order by last_id desc, last_version desc limit 1
) l on true`,
);

/** $1 id · $2 attempt · $3 facts · $4 lease in ms. */
export const storeArchive = new TenantStatement(
  'archive_store',
  `
update {schema}.archives a
set state = 'stored', claimed_until = ${until('$4')}, is_last = f."isLast", object_key = f.key, row_count = f.rows, bytes = f.bytes, sha256 = f.sha256,
  first_id = f."firstId", first_version = f."firstVersion", last_id = f."lastId", last_version = f."lastVersion", oldest_at = f.oldest, newest_at = f.newest
from jsonb_to_record($3::jsonb) as f("isLast" boolean, key text, rows int, bytes bigint, sha256 text, "firstId" uuid, "firstVersion" int,
  "lastId" uuid, "lastVersion" int, oldest timestamptz, newest timestamptz)
where a.id = $1::uuid and a.attempt = $2::int and a.state = 'open'
returning a.id`,
);

/** $1 id · $2 attempt · $3 whether its file has to be made anew. Gives it to the next who looks. */
export const releaseArchive = new TenantStatement(
  'archive_release',
  `
update {schema}.archives set claimed_until = null, state = case when $3::boolean then 'open' else state end
where id = $1::uuid and attempt = $2::int and state <> 'removed'`,
);

/** $1 id · $2 attempt. There was nothing to archive. */
export const dropArchive = new TenantStatement(
  'archive_drop',
  `delete from {schema}.archives where id = $1::uuid and attempt = $2::int and state = 'open'`,
);

/** An archive as answers show it. */
const SHOWN = `a.id, a.kind, ${instantSql('a.cut')} as before, ${instantSql('a.oldest_at')} as oldest, ${instantSql('a.newest_at')} as newest,
  a.first_id as "firstId", a.last_id as "lastId", a.row_count as rows, ${instantSql('a.removed_at')} as "archivedAt", a.bytes, a.sha256, a.object_key as key`;

/** $1 the last id of the page before, or the highest UUID · $2 limit · $3 kind, or null · $4 id that may be in it, or null. */
export const listArchives = new TenantStatement(
  'archives_list',
  `
select ${SHOWN} from {schema}.archives a
where a.state = 'removed' and a.id < $1::uuid and ($3::text is null or a.kind = $3) and ($4::uuid is null or $4 between a.first_id and a.last_id
    -- Of a transaction or a transfer the id says when it was made: about when it was posted, of an import somewhat earlier.
    or a.kind = 'transactions' and uuid_extract_timestamp($4) between a.oldest_at - interval '1 day' and a.newest_at + interval '1 minute')
order by a.id desc limit $2::int`,
);

/** $1 id. */
export const findArchive = new TenantStatement(
  'archive_find',
  `select ${SHOWN} from {schema}.archives a where a.id = $1::uuid and a.state = 'removed'`,
);
