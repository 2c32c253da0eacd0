import type { ListColumn, ListColumns, SqlValues } from './list-column.ts';
import type { ListPosition } from './list-position.ts';
import type { SortKey } from './parse-sort.ts';

interface Key {
  readonly sql: string;
  readonly column: ListColumn;
  readonly descending: boolean;
}

/** What `order by` says; everything the other way round for a page in front of a position. Absent values are the largest: PostgreSQL's default. */
export function orderBySql(columns: ListColumns, sort: readonly SortKey[], side: ListPosition['side']): string {
  return keysOf(columns, sort, side)
    .map(({ sql, descending }) => `${sql}${descending ? ' desc' : ''}`)
    .join(', ');
}

/** The sort keys' values of a row as text, to begin the next page with. */
export function keysSql(columns: ListColumns, sort: readonly SortKey[]): string {
  return `array[${keysOf(columns, sort, 'after')
    .map(({ sql }) => `(${sql})::text`)
    .join(', ')}]`;
}

/**
 * The rows behind (or in front of) a position. Written as a row comparison where that says it, because a btree can begin at one; otherwise key
 * by key, with the first key's bound in front so that an index on it can still be entered.
 */
export function keysetSql(columns: ListColumns, sort: readonly SortKey[], position: ListPosition, values: SqlValues): string {
  const keys = keysOf(columns, sort, position.side);
  const [first] = keys as [Key];
  const isOneWay = keys.every(({ descending, column }) => descending === first.descending && !column.nullable);
  if (isOneWay) {
    const bounds = keys.map(({ column }, at) => values.add(position.keys[at], column.type));
    if (keys.length === 1) return `${first.sql} ${first.descending ? '<' : '>'} ${bounds[0]}`;
    return `(${keys.map(({ sql }) => sql).join(', ')}) ${first.descending ? '<' : '>'} (${bounds.join(', ')})`;
  }
  const bounds = keys.map(({ column }, at) => (position.keys[at] === null ? null : values.add(position.keys[at], column.type)));
  const ways = keys.map((key, at) =>
    [...keys.slice(0, at).map((earlier, place) => same(earlier, bounds[place] ?? null)), beyond(key, bounds[at] ?? null)].join(' and '),
  );
  const either = `(${ways.map((way) => `(${way})`).join(' or ')})`;
  const entry = bounds[0];
  return first.column.nullable || entry == null ? either : `${first.sql} ${first.descending ? '<=' : '>='} ${entry} and ${either}`;
}

function keysOf(columns: ListColumns, sort: readonly SortKey[], side: ListPosition['side']): Key[] {
  return sort.map(({ field, descending }) => {
    const column = columns[field];
    if (column === undefined) throw new Error(`the list has no column ${field} to sort by`);
    return { column, sql: column.order ?? column.sql, descending: side === 'after' ? descending : !descending };
  });
}

function same({ sql }: Key, bound: string | null): string {
  return bound === null ? `${sql} is null` : `${sql} = ${bound}`;
}

/** Strictly behind the bound in the key's direction; an absent value is behind every other when ascending. */
function beyond({ sql, column, descending }: Key, bound: string | null): string {
  if (bound === null) return descending ? `${sql} is not null` : 'false';
  if (descending) return `${sql} < ${bound}`;
  return column.nullable ? `(${sql} > ${bound} or ${sql} is null)` : `${sql} > ${bound}`;
}
