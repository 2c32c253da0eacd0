import { TenantStatement } from '../../../postgres/statement.ts';
import { emailKey, isAlias } from './email-key.ts';

/** Names as alike as this are named; the index is asked with it too. */
const NAME_SIMILARITY = 0.6;
/** Matches of a name that are compared: a name half the tenant has says nothing anyway. */
const NAMES_MAX = 1000;

const KEY = `(${emailKey('$2::text')})`;
const FOLDED = 'extensions.search_fold($4)';

/** The index answers `<%` with the threshold of this setting. */
export const setNameSimilarity = new TenantStatement(
  'duplicates_setting',
  `select set_config('pg_trgm.word_similarity_threshold', '${NAME_SIMILARITY}', true)`,
);

/**
 * Who looks like one customer, one row per reason. $1 its id · $2 its email address · $3 its phone · $4 its name; null looks for nothing
 * of the kind · $5 only ids below this one, or null. Each part is answered by an index: the plain address by customers_email_unique, its other
 * spellings by customers_email_alias, phone (only `+` and digits, so nothing to escape) and name by customers_search.
 */
export const findDuplicates = new TenantStatement(
  'duplicates_find',
  `
select f.id, f.kind, max(f.similarity)::float8 as similarity
from (
  select id, 'email' as kind, 1 as similarity from {schema}.customers where deleted_at is null and lower(email) = ${KEY}
  union all
  select id, 'email', 1 from {schema}.customers where deleted_at is null and ${isAlias('email')} and ${emailKey('email')} = ${KEY}
  union all
  select id, 'phone', 1 from {schema}.customers where deleted_at is null and search_text like '% ' || $3::text || ' %' and phone = $3::text
  union all
  select id, 'name', extensions.similarity(extensions.search_fold(name), ${FOLDED})
  from (
    select id, name from {schema}.customers where deleted_at is null and ${FOLDED} operator(extensions.<%) search_text limit ${NAMES_MAX}
  ) named
  where extensions.similarity(extensions.search_fold(name), ${FOLDED}) >= ${NAME_SIMILARITY}
) f
where f.id <> $1::uuid and ($5::uuid is null or f.id < $5::uuid) and not exists (
  select from {schema}.duplicate_dismissals d where d.low_id = least(f.id, $1::uuid) and d.high_id = greatest(f.id, $1::uuid)
)
group by f.id, f.kind
order by f.id desc`,
);
