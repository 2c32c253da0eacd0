import type { AttributeType, FilterOperator } from '@tenantry/contracts';
import type { ColumnType, ListColumn, ListColumns, SqlValues } from './list-column.ts';
import type { Condition } from './parse-filters.ts';

const COMPARISONS: Partial<Record<FilterOperator, string>> = { lt: '<', lte: '<=', gt: '>', gte: '>=' };

/** Where the indexable attributes of a row are: a jsonb object of their values. */
export const ATTRIBUTES = 'attributes';

/** SQL that holds for the rows a condition wants. Every value becomes a parameter. */
export function conditionSql(columns: ListColumns, condition: Condition, values: SqlValues): string {
  const { field, attribute, operator } = condition;
  const column = columns[field];
  // A contract that names more than its list has columns for: ours to repair, not the caller's.
  if (column === undefined) throw new Error(`the list has no column ${field} to filter by`);
  if (attribute) return attributeSql(column.sql, attribute, condition, values);
  if (operator === 'isNull') return `${column.sql} is ${condition.values[0] === 'true' ? '' : 'not '}null`;
  if (column.type === 'boolean') return booleanSql(column.sql, condition);
  if (column.type === 'text[]') return tagsSql(column.sql, condition, values);
  if (operator === 'contains' || operator === 'startsWith') return partSql(column, condition, values);
  return comparisonSql(column, condition, values);
}

/** A folded text as a LIKE pattern that finds it anywhere: escaped after folding, because a fold may bring forth a sign LIKE knows (％ → %). */
export function likeAnywhereSql(folded: string, before = '%'): string {
  return `'${before}' || regexp_replace(${folded}, '([\\\\%_])', '\\\\\\1', 'g') || '%'`;
}

function comparisonSql(column: ListColumn, { operator, values: wanted }: Condition, values: SqlValues): string {
  const { sql, type, ignoresCase } = column;
  const left = ignoresCase ? `lower(${sql})` : sql;
  // As wide as the filter's grammar, so that a large number finds nothing instead of failing.
  const wide: ColumnType = type === 'integer' ? 'bigint' : type;
  const given = (value: unknown, as: string): string => (ignoresCase ? `lower(${values.add(value, as)})` : values.add(value, as));
  switch (operator) {
    case 'eq':
      return `${narrowSql(column, wanted, values)}${left} = ${given(wanted[0], wide)}`;
    case 'ne':
      return `${left} is distinct from ${given(wanted[0], wide)}`;
    case 'in':
      return `${narrowSql(column, wanted, values)}${left} = any(${anyOf(values.add(wanted, `${wide}[]`), ignoresCase)})`;
    default:
      return `${left} ${COMPARISONS[operator]} ${given(wanted[0], wide)}`;
  }
}

/** More values than this are looked for without the index: each would be a search of its own. */
const NARROWED_MAX = 10;

/** Goes before a comparison with whole values: the trigram index finds the few rows that hold them at the beginning of a word. */
function narrowSql({ searchedIn, isIndexed }: ListColumn, wanted: readonly string[], values: SqlValues): string {
  if (searchedIn === undefined || isIndexed || wanted.length > NARROWED_MAX) return '';
  const each = wanted.map((value) => `${searchedIn} like ${likeAnywhereSql(`extensions.search_fold(${values.add(value, 'text')})`, '% ')}`);
  return `(${each.join(' or ')}) and `;
}

/** Folded by the server, as the stored value is: JavaScript's small letters are not always the same. */
function anyOf(list: string, ignoresCase: boolean | undefined): string {
  return ignoresCase ? `array(select lower(value) from unnest(${list}) as value)` : list;
}

/** `sql` is itself a condition, so that an index on it (a partial one, say) is recognised. */
function booleanSql(sql: string, { operator, values: [wanted] }: Condition): string {
  return (wanted === 'true') === (operator === 'eq') ? sql : `not ${sql}`;
}

function tagsSql(sql: string, { operator, values: wanted }: Condition, values: SqlValues): string {
  return operator === 'in' ? `${sql} && ${values.add(wanted, 'text[]')}` : `${sql} @> ${values.add(wanted, 'text[]')}`;
}

/** Neither case nor accents count, as in search. */
function partSql({ sql, searchedIn }: ListColumn, { operator, values: [wanted] }: Condition, values: SqlValues): string {
  const part = `extensions.search_fold(${values.add(wanted, 'text')})`;
  const folded = `extensions.search_fold(${sql})`;
  const exact = operator === 'startsWith' ? `starts_with(${folded}, ${part})` : `strpos(${folded}, ${part}) > 0`;
  return searchedIn === undefined ? exact : `${searchedIn} like ${likeAnywhereSql(part)} and ${exact}`;
}

/** The key is a value like any other: a parameter. Containment (`@>`) is what an index of the object can answer. */
function attributeSql(
  sql: string,
  attribute: NonNullable<Condition['attribute']>,
  { operator, values: wanted }: Condition,
  values: SqlValues,
): string {
  const key = values.add(attribute.key, 'text');
  const type = JSON_TYPES[attribute.type];
  const holds = (value: string | undefined): string => `coalesce(${sql} @> jsonb_build_object(${key}, ${values.add(value, type)}), false)`;
  switch (operator) {
    case 'isNull':
      return `coalesce(${sql} -> ${key}, 'null') ${wanted[0] === 'true' ? '=' : '<>'} 'null'`;
    case 'eq':
      return `${sql} @> jsonb_build_object(${key}, ${values.add(wanted[0], type)})`;
    case 'ne':
      return `not ${holds(wanted[0])}`;
    case 'in':
      return `(${wanted.map((value) => `${sql} @> jsonb_build_object(${key}, ${values.add(value, type)})`).join(' or ')})`;
    default:
      return `case when jsonb_typeof(${sql} -> ${key}) = 'number' then (${sql} ->> ${key})::numeric end ${COMPARISONS[operator]} ${values.add(wanted[0], 'numeric')}`;
  }
}

const JSON_TYPES: Readonly<Record<AttributeType, string>> = { string: 'text', number: 'numeric', integer: 'numeric', boolean: 'boolean' };
