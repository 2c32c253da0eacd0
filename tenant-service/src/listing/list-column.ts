/** Types a list compares: names of PostgreSQL types, which our parameters are cast to. */
export type ColumnType = 'text' | 'uuid' | 'timestamptz' | 'integer' | 'bigint' | 'boolean' | 'text[]';

/**
 * What a filter or a sort name stands for. All SQL here is written by us: a request chooses among columns by name, and its values are always
 * parameters.
 */
export interface ListColumn {
  /** Expression over the list's `from`. */
  readonly sql: string;
  readonly type: ColumnType;
  /** A row may have none. An absent value counts as the largest, as in PostgreSQL's own order. */
  readonly nullable?: boolean;
  /** Text whose case does not count: compared in small letters. */
  readonly ignoresCase?: boolean;
  /** Folded text with a trigram index, which holds this value behind a space: lets filters use that index. */
  readonly searchedIn?: string;
  /** Has an index of its own for whole values. */
  readonly isIndexed?: boolean;
  /** Expression to sort by where it is not `sql`; of the same type. */
  readonly order?: string;
}

/** Columns by the name that filters and sorts use. */
export type ListColumns = Readonly<Record<string, ListColumn>>;

/** Gathers the parameters of one statement. */
export class SqlValues {
  readonly values: unknown[] = [];

  /** Text of the parameter, e.g. `$3::uuid`; without a type when the SQL around it says one. */
  add(value: unknown, type?: string): string {
    this.values.push(value);
    return type === undefined ? `$${this.values.length}` : `$${this.values.length}::${type}`;
  }
}

/** JSON text of an instant, as `Date.toISOString` writes it. Times come from the service in milliseconds, so MS loses nothing. */
export function instantSql(sql: string): string {
  return `to_char(${sql} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
