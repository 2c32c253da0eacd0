import type { ClientBase } from 'pg';
import { quoted } from '../postgres/fenced-pool.ts';

/** A table as it is copied. */
export interface TableShape {
  readonly name: string;
  /** Without generated columns. */
  readonly columns: readonly string[];
  /** On disk, for guesses. */
  readonly bytes: number;
}

/** What a table holds: two with the same are equal, whatever the order of rows. */
export interface TableContents {
  readonly rows: number;
  readonly contents: string;
}

/** Under these, rows have one text, on every server and in every session (as pg_dump sets them). */
export const PLAIN_TEXT_SETTINGS = `set local timezone = 'UTC';
set local datestyle = 'ISO, YMD';
set local intervalstyle = 'postgres';
set local extra_float_digits = 3;
set local bytea_output = 'hex';`;

/**
 * Tables of a schema, each after those it refers to. Partitions are their parent's.
 * @throws Error for what a backup of tables would lose: sequences, materialized views, foreign tables, references in a circle.
 */
export async function tablesOf(client: ClientBase, schema: string): Promise<TableShape[]> {
  const unknown = await client.query<{ name: string }>(
    `select c.relname as name from pg_catalog.pg_class c where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
      and c.relkind in ('S', 'm', 'f')`,
    [schema],
  );
  if (unknown.rows.length > 0)
    throw new Error(`${schema}.${unknown.rows[0]?.name} is no table: backups have to learn its kind before migrations may use it`);
  const tables = await client.query<{ name: string; columns: string[]; bytes: string }>(TABLES, [schema]);
  const references = await client.query<{ from: string; to: string }>(REFERENCES, [schema]);
  return inLoadOrder(
    tables.rows.map(({ name, columns, bytes }) => ({ name, columns, bytes: Number(bytes) })),
    references.rows,
  );
}

/** How many rows, and a sum over a hash of each: rows may lie in any order. SHA-256, cut to 64 bits; only accidents must not pass. */
export async function contentsOf(
  client: ClientBase,
  schema: string,
  { name, columns }: Pick<TableShape, 'name' | 'columns'>,
): Promise<TableContents> {
  const { rows } = await client.query<{ rows: string; contents: string }>(
    `select count(*)::text as rows,
       coalesce(sum(('x' || encode(substr(sha256(convert_to(r::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint), 0)::text as contents
     from (select ${columnList(columns)} from ${quoted(schema)}.${quoted(name)}) as r`,
  );
  return { rows: Number(rows[0]?.rows), contents: rows[0]?.contents ?? '' };
}

export function columnList(columns: readonly string[]): string {
  return columns.map(quoted).join(', ');
}

/** Pure; keeps the order given among tables that do not refer to each other. @throws Error for a circle. */
export function inLoadOrder(
  tables: readonly TableShape[],
  references: readonly { readonly from: string; readonly to: string }[],
): TableShape[] {
  const ordered: TableShape[] = [];
  let left = [...tables];
  while (left.length > 0) {
    const waiting = new Set(left.map(({ name }) => name));
    const ready = left.filter(({ name }) => !references.some(({ from, to }) => from === name && to !== name && waiting.has(to)));
    if (ready.length === 0) throw new Error(`tables ${[...waiting].join(', ')} refer to each other in a circle: no order to load them in`);
    ordered.push(...ready);
    left = left.filter((table) => !ready.includes(table));
  }
  return ordered;
}

const TABLES = `
select c.relname as name, pg_catalog.pg_total_relation_size(c.oid)::text as bytes,
       array(select a.attname::text from pg_catalog.pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition
 order by c.relname`;

const REFERENCES = `
select child.relname as "from", parent.relname as "to"
  from pg_catalog.pg_constraint k
  join pg_catalog.pg_class child on child.oid = k.conrelid
  join pg_catalog.pg_class parent on parent.oid = k.confrelid
 where k.contype = 'f' and child.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)`;
