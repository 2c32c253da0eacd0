import type { Operation } from '@tenantry/contracts';
import type { RequestFilter } from '../http/parse-request.ts';
import { Problem } from '../problem.ts';
import { type AttributeTypes, type Condition, parseFilters } from './parse-filters.ts';
import { parseSort, type SortKey, sortText } from './parse-sort.ts';

/** What `listQuery` of contracts makes of a request's query. */
export interface ListRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly sort?: string | undefined;
  readonly fields?: string | undefined;
  readonly count?: 'estimate' | 'exact' | undefined;
}

/** A list's query, checked: which rows, in which order, with which properties. Equal for queries that mean the same. */
export interface ListQuery {
  readonly conditions: readonly Condition[];
  readonly sort: readonly SortKey[];
  /** Undefined: all. */
  readonly fields: readonly string[] | undefined;
  /** Nothing asked for but the default. */
  readonly isPlain: boolean;
  /** As asked for, to be repeated in links. */
  readonly asked: { readonly filters: readonly RequestFilter[]; readonly request: ListRequest };
}

/** The part of a list's definition a query is checked against. */
export interface ListRules {
  readonly operation: Operation;
  readonly document: Readonly<Record<string, unknown>>;
  readonly onRequest?: Readonly<Record<string, unknown>>;
  readonly sorts: readonly string[];
  readonly defaultSort: string;
  /** `sort` when the request has none but filters by this field. */
  readonly sortWhenFiltered?: Readonly<Record<string, string>>;
}

/** @throws Problem `invalid-request` naming what is wrong and what is allowed. */
export function parseListQuery(
  rules: ListRules,
  filters: readonly RequestFilter[],
  request: ListRequest,
  attributes?: AttributeTypes,
): ListQuery {
  const conditions = filters.length === 0 ? [] : parseFilters(rules.operation.filters ?? {}, filters, attributes);
  const filtered = conditions.find(({ field }) => rules.sortWhenFiltered?.[field] !== undefined)?.field;
  const usual = (filtered === undefined ? undefined : rules.sortWhenFiltered?.[filtered]) ?? rules.defaultSort;
  const sort = parseSort(rules.sorts, request.sort ?? usual);
  const fields =
    request.fields === undefined ? undefined : parseFields(Object.keys({ ...rules.document, ...rules.onRequest }), request.fields);
  const isPlain = conditions.length === 0 && fields === undefined && sortText(sort) === rules.defaultSort;
  return { conditions, sort, fields, isPlain, asked: { filters, request } };
}

/** One text for one meaning: what a cursor is bound to. */
export function listQueryText({ conditions, sort, fields }: ListQuery): string {
  return JSON.stringify([
    conditions.map(({ field, attribute, operator, values }) => [field, attribute?.key ?? null, operator, values]),
    sortText(sort),
    fields ?? null,
  ]);
}

/** Address of another page of the same query. */
export function listPath(path: string, { asked: { filters, request } }: ListQuery, limit: number, cursor: string): string {
  const query = new URLSearchParams();
  for (const { field, operator, value } of filters) query.set(`filter[${field}][${operator}]`, value);
  for (const name of ['sort', 'fields', 'count'] as const) {
    const value = request[name];
    if (value !== undefined) query.set(name, value);
  }
  query.set('limit', String(limit));
  query.set('cursor', cursor);
  return `${path}?${query}`;
}

/** `id` is always among them: without it an item could not be opened. */
function parseFields(known: readonly string[], text: string): string[] {
  const asked = text.split(',');
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0 || new Set(asked).size !== asked.length) {
    throw new Problem('invalid-request', 'The fields are wrong.', {
      errors: [{ pointer: '/query/fields', detail: `names something else than ${known.join(', ')}, each at most once` }],
    });
  }
  return known.filter((name) => name === 'id' || asked.includes(name));
}
