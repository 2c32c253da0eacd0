import { EXACT_COUNT_MAX, type Operation, type PageCount } from '@tenantry/contracts';
import type { CursorScope, Cursors } from '../http/cursor.ts';
import type { Call } from '../http/pipeline.ts';
import type { PlainAnswer } from '../http/plain.ts';
import type { Row } from '../postgres/flight.ts';
import { OneTimeStatement } from '../postgres/one-time-statement.ts';
import type { TenantStatement } from '../postgres/statement.ts';
import { Coalescer } from '../tenancy/coalescer.ts';
import type { Door, TenantTransaction } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { conditionSql } from './condition-sql.ts';
import { documentSql, type ListDocument } from './document-sql.ts';
import { keysetSql, keysSql, orderBySql } from './keyset-sql.ts';
import { type ListColumns, SqlValues } from './list-column.ts';
import { decodePosition, encodePosition, type ListPosition } from './list-position.ts';
import { type ListQuery, type ListRequest, listPath, listQueryText, parseListQuery } from './list-query.ts';
import type { AttributeTypes } from './parse-filters.ts';

/** A list of rows of a tenant: what it may be asked for comes from its operation, the SQL from here. */
export interface ListDefinition {
  readonly operation: Operation;
  /** Table with alias, and joins: `{schema}.accounts a`. */
  readonly from: string;
  /** What filters and sorts name. Must have `id`, and every name of the operation's filters and sorts. */
  readonly columns: ListColumns;
  /** JSON properties of an item in their order; the operation's `fields`. */
  readonly document: ListDocument;
  /** Further properties, shown only where `fields` names them. */
  readonly onRequest?: ListDocument;
  readonly sorts: readonly string[];
  readonly defaultSort: string;
  /** Sort of a request that names none but filters by a field, so that the field's index serves both. */
  readonly sortWhenFiltered?: Readonly<Record<string, string>>;
  /** Condition of every row, unless the request filters by `unless`. */
  readonly always?: { readonly sql: string; readonly unless?: string };
  /**
   * Statement for the page everybody asks for: no filter, default sort (which must be `-id`), whole items. Takes the id to be behind and the
   * number of rows; gives `id` and `document`. Kept prepared, as it is the same for all.
   */
  readonly hot?: TenantStatement;
}

/** A condition that the handler sets, e.g. `['a.customer_id = ?::uuid', [id]]`; each `?` is a parameter. */
export type FixedCondition = readonly [sql: string, values: readonly unknown[]];

export interface ListParts {
  readonly door: Door;
  readonly cursors: Cursors;
}

export interface ListOptions {
  readonly where?: readonly FixedCondition[];
  /** Attributes this tenant lets filter by. */
  readonly attributes?: AttributeTypes;
}

type ListCall = Pick<Call, 'tenant' | 'filters'> & { readonly query: ListRequest; readonly params: unknown };

/** A page that is asked for. */
interface Page {
  readonly path: string;
  readonly scope: CursorScope;
  readonly query: ListQuery;
  readonly position: ListPosition | undefined;
  readonly limit: number;
  /** As it was sent. */
  readonly cursor: string | undefined;
}

/** Requests that share a flight. Different pages are statements of their own in it, so not too many. */
const SHARED_MAX = 64;
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** One page after the other of a list that may be filtered, sorted, cut to some fields and counted. */
export class TenantList {
  readonly definition: ListDefinition;
  readonly #sharing = new WeakMap<Door, Coalescer<Page, PlainAnswer>>();

  constructor(definition: ListDefinition) {
    this.definition = definition;
  }

  /** The page a call asks for. @throws Problem `invalid-request`, `invalid-cursor`. */
  async answer(parts: ListParts, call: ListCall, options: ListOptions = {}): Promise<PlainAnswer> {
    const { definition } = this;
    const { operation } = definition;
    const { limit, cursor, count } = call.query;
    const query = parseListQuery(definition, call.filters, call.query, options.attributes);
    const path = pathOf(operation, call.params);
    const scope: CursorScope = { tenantId: call.tenant.tenantId, operationId: operation.id, query: `${path}?${listQueryText(query)}` };
    const position = cursor === undefined ? undefined : decodePosition(parts.cursors, scope, cursor, query.sort.length);
    const page: Page = { path, scope, query, position, limit, cursor };
    const fixed = options.where ?? [];
    if (this.#isHot(page, fixed) && count === undefined) return await this.#shared(parts).submit(call.tenant, page);

    // Both leave in one flight.
    const { rows, counted } = await parts.door.read(call.tenant, async (tx) => {
      const [rows, counted] = await Promise.all([
        this.#page(tx, page, fixed),
        count === undefined ? undefined : this.#count(tx, query, count, fixed),
      ]);
      return { rows, counted };
    });
    return this.#assemble(parts.cursors, page, rows, counted);
  }

  /**
   * Callers of one tenant who want the very same page while a statement is on its way share the next one's answer: it is read after each of
   * them asked, so nobody misses a write that was answered before.
   */
  #shared(parts: ListParts): Coalescer<Page, PlainAnswer> {
    let shared = this.#sharing.get(parts.door);
    if (shared === undefined) {
      const pages = async (tenant: Tenant, wanted: readonly Page[]): Promise<PlainAnswer[]> => {
        const each = new Map(wanted.map((page) => [`${page.limit}:${page.cursor ?? ''}`, page]));
        const answers = await parts.door.read(tenant, async (tx) => {
          const rows = await Promise.all([...each.values()].map((page) => this.#page(tx, page, [])));
          return new Map([...each].map(([key, page], at) => [key, this.#assemble(parts.cursors, page, rows[at] as Row[], undefined)]));
        });
        return wanted.map((page) => answers.get(`${page.limit}:${page.cursor ?? ''}`) as PlainAnswer);
      };
      shared = new Coalescer<Page, PlainAnswer>({
        maxBatch: SHARED_MAX,
        maxFlying: 2,
        joinFrom: 1,
        together: pages,
        alone: async (tenant, page) => (await pages(tenant, [page]))[0] as PlainAnswer,
      });
      this.#sharing.set(parts.door, shared);
    }
    return shared;
  }

  #assemble(cursors: Cursors, { path, scope, query, position, limit }: Page, rows: Row[], counted: PageCount | undefined): PlainAnswer {
    const hasMore = rows.length > limit;
    const kept = rows.slice(0, limit);
    if (position?.side === 'before') kept.reverse();
    const cursorAt = (side: ListPosition['side'], row: Row | undefined): string | null =>
      row === undefined ? null : encodePosition(cursors, scope, { side, keys: row.keys as (string | null)[] });
    const isForward = position?.side !== 'before';
    const next = (isForward ? hasMore : true) ? cursorAt('after', kept.at(-1)) : null;
    const prev = (isForward ? position !== undefined : hasMore) ? cursorAt('before', kept[0]) : null;
    const isWhole = position === undefined && !hasMore;
    const page = {
      next,
      prev,
      limit,
      ...(counted === undefined ? {} : { count: isWhole ? exactly(kept.length) : atLeast(counted, kept.length) }),
    };
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...linkHeader(path, query, page) },
      body: `{"items":[${kept.map(({ document }) => document as string).join(',')}],"page":${JSON.stringify(page)}}`,
    };
  }

  /** SQL of the rows a query wants, without a page's bounds. Values go into `values`. */
  whereSql(query: Pick<ListQuery, 'conditions'>, values: SqlValues, fixed: readonly FixedCondition[] = []): string {
    const { columns, always } = this.definition;
    const isLifted = always?.unless !== undefined && query.conditions.some(({ field }) => field === always.unless);
    const all = [
      ...(always === undefined || isLifted ? [] : [always.sql]),
      ...fixed.map(([sql, given]) => fixedSql(sql, given, values)),
      ...query.conditions.map((condition) => conditionSql(columns, condition, values)),
    ];
    return all.length === 0 ? 'true' : all.join(' and ');
  }

  #isHot({ query, position }: Page, fixed: readonly FixedCondition[]): boolean {
    return this.definition.hot !== undefined && fixed.length === 0 && query.isPlain && position?.side !== 'before';
  }

  /** Must be called before the first await of a flight. One row more than the page has: whether there is a next one. */
  async #page(tx: TenantTransaction, page: Page, fixed: readonly FixedCondition[]): Promise<Row[]> {
    const { query, position, limit } = page;
    const { hot } = this.definition;
    if (hot !== undefined && this.#isHot(page, fixed)) {
      const rows = await tx.run(hot, [position?.keys[0] ?? HIGHEST_ID, limit + 1]);
      return rows.map((row) => ({ keys: [row.id], document: row.document }));
    }
    const { text, values } = this.pageSql(query, position, limit + 1, fixed);
    return await tx.run(new OneTimeStatement(text), values);
  }

  /** The statement of one page: `keys` (the sort keys' values) and `document` of each row. */
  pageSql(query: ListQuery, position: ListPosition | undefined, count: number, fixed: readonly FixedCondition[] = []) {
    const { columns, document, onRequest, from } = this.definition;
    const values = new SqlValues();
    const where = this.whereSql(query, values, fixed);
    const bound = position === undefined ? '' : ` and ${keysetSql(columns, query.sort, position, values)}`;
    const text = `select ${keysSql(columns, query.sort)} as keys, ${documentSql(document, query.fields, onRequest)} as document
from ${from}
where ${where}${bound}
order by ${orderBySql(columns, query.sort, position?.side ?? 'after')}
limit ${values.add(count, 'int')}`;
    return { text, values: values.values };
  }

  /** Must be called before the first await of a flight, as it sends its statement at once. */
  async #count(tx: TenantTransaction, query: ListQuery, kind: 'estimate' | 'exact', fixed: readonly FixedCondition[]): Promise<PageCount> {
    const values = new SqlValues();
    const rows = `select 1 from ${this.definition.from} where ${this.whereSql(query, values, fixed)}`;
    if (kind === 'estimate') {
      const [plan] = await tx.run(new OneTimeStatement(`explain (format json) ${rows}`), values.values);
      return { value: estimateOf(plan), relation: 'estimate' };
    }
    const text = `select count(*)::int as count from (${rows} limit ${EXACT_COUNT_MAX + 1}) counted`;
    const [counted] = await tx.run(new OneTimeStatement(text), values.values);
    const value = Number(counted?.count);
    return value > EXACT_COUNT_MAX ? { value: EXACT_COUNT_MAX, relation: 'atLeast' } : exactly(value);
  }
}

const exactly = (value: number): PageCount => ({ value, relation: 'exact' });

/** An estimate below what is on the page would be plainly wrong. */
function atLeast(count: PageCount, seen: number): PageCount {
  return count.relation === 'estimate' ? { ...count, value: Math.max(count.value, seen) } : count;
}

function estimateOf(row: Row | undefined): number {
  const plan = row?.['QUERY PLAN'] as [{ Plan: { 'Plan Rows': number } }] | undefined;
  return Math.round(plan?.[0]?.Plan['Plan Rows'] ?? 0);
}

function fixedSql(sql: string, given: readonly unknown[], values: SqlValues): string {
  let place = 0;
  return sql.replaceAll('?', () => {
    place += 1;
    return values.add(given[place - 1]);
  });
}

function pathOf(operation: Operation, params: unknown): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown>)[name]).toLowerCase()),
  );
}

function linkHeader(path: string, query: ListQuery, page: { next: string | null; prev: string | null; limit: number }): { link?: string } {
  const links = (['next', 'prev'] as const).flatMap((rel) => {
    const cursor = page[rel];
    return cursor === null ? [] : [`<${listPath(path, query, page.limit, cursor)}>; rel="${rel}"`];
  });
  return links.length === 0 ? {} : { link: links.join(', ') };
}
