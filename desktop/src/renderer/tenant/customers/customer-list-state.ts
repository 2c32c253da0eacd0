import { CUSTOMER_FILTERS, CUSTOMER_LIST, FILTER_OPERATORS, type FilterOperator } from '@tenantry/contracts';
import { ATTRIBUTE_PREFIX } from './attribute-fields.ts';

/** One `filter[field][operator]=value`. Without an operator the first one of the field is meant. */
export interface ListFilter {
  readonly field: string;
  readonly operator: FilterOperator;
  readonly value: string;
}

export interface SortKey {
  readonly field: string;
  readonly descending: boolean;
}

/** What the customers screen shows. It lives in the address, so that it survives navigation, reload and being sent to somebody. */
export interface CustomerListState {
  readonly search: string;
  readonly filters: readonly ListFilter[];
  readonly sort: readonly SortKey[];
  /** Names of the columns shown, in their order. */
  readonly columns: readonly string[];
}

/** Columns every tenant has, in the order in which the chooser names them; one for each attribute of its schema comes behind. */
export const CUSTOMER_COLUMNS = [
  ...['name', 'email', 'phone', 'status', 'segment', 'tags', 'externalId', 'attributes', 'createdAt', 'updatedAt', 'version', 'id'],
] as const;
export const DEFAULT_COLUMNS: readonly string[] = ['name', 'email', 'status', 'segment', 'tags', 'updatedAt'];
/** What every row needs whatever is shown: to be named, opened and changed. */
const NEEDED = ['name', 'status', 'tags', 'version'];

/** Fields of the filter editor; those of the tenant's schema come behind. */
export const FILTER_FIELDS = [
  'name',
  'email',
  'phone',
  'externalId',
  'status',
  'segment',
  'tags',
  'createdAt',
  'updatedAt',
  'deleted',
] as const;

const isOperator = (text: string): text is FilterOperator => (FILTER_OPERATORS as readonly string[]).includes(text);
const fieldOf = (name: string) =>
  CUSTOMER_FILTERS[(name.startsWith(ATTRIBUTE_PREFIX) ? 'attributes.*' : name) as keyof typeof CUSTOMER_FILTERS];
const isColumn = (name: string) =>
  (CUSTOMER_COLUMNS as readonly string[]).includes(name) || (name.startsWith(ATTRIBUTE_PREFIX) && name !== ATTRIBUTE_PREFIX);

/** Operators the field knows, its own first; none for a field the list does not know. */
export function operatorsOf(field: string): readonly FilterOperator[] {
  return fieldOf(field)?.operators ?? [];
}

/** Reads an address (or a saved view) as the API's list grammar. What the list would refuse is left out, so that an old link still opens. */
export function parseListState(params: URLSearchParams): CustomerListState {
  const filters: ListFilter[] = [];
  for (const [name, value] of params) {
    const match = /^filter\[([^\]]+)\](?:\[([^\]]+)\])?$/.exec(name);
    if (match === null) continue;
    const field = match[1] as string;
    const operator = match[2] ?? operatorsOf(field)[0];
    if (operator !== undefined && isOperator(operator) && operatorsOf(field).includes(operator)) filters.push({ field, operator, value });
  }
  const columns = splitValues(params.get('fields') ?? '').filter(isColumn);
  return {
    search: params.get('search') ?? '',
    filters,
    sort: (params.get('sort') ?? '')
      .split(',')
      .map((key) => ({ field: key.replace(/^-/, ''), descending: key.startsWith('-') }))
      .filter(({ field }) => (CUSTOMER_LIST.sorts as readonly string[]).includes(field)),
    columns: columns.length > 0 ? columns : DEFAULT_COLUMNS,
  };
}

/** The inverse of {@link parseListState}: the address. What is the default is left out. */
export function listStateParams(state: CustomerListState): URLSearchParams {
  const params = new URLSearchParams();
  if (state.search.trim() !== '') params.set('search', state.search);
  for (const { field, operator, value } of state.filters) params.append(`filter[${field}][${operator}]`, value);
  if (state.sort.length > 0) params.set('sort', sortText(state.sort));
  if (state.columns.join() !== DEFAULT_COLUMNS.join()) params.set('fields', joinValues(state.columns));
  return params;
}

/** The query string of a saved view, which is one the list takes: of attributes it gives all or none, so their columns become the one of all. */
export function viewQuery(state: CustomerListState): string {
  return listStateParams({ ...state, columns: propertiesOf(state.columns) }).toString();
}

/** Properties of the list's items that columns show. */
function propertiesOf(columns: readonly string[]): string[] {
  return [...new Set(columns.map((name) => (name.startsWith(ATTRIBUTE_PREFIX) ? 'attributes' : name)))];
}

/** What `listCustomers` is called with. A search is ranked and takes no order. */
export function listCall(state: CustomerListState): { query: Record<string, string>; filter: Record<string, string> } {
  const searching = state.search.trim() !== '';
  return {
    query: {
      ...(searching ? { search: state.search.trim() } : {}),
      ...(!searching && state.sort.length > 0 ? { sort: sortText(state.sort) } : {}),
      fields: [...new Set([...propertiesOf(state.columns).filter((name) => name !== 'id'), ...NEEDED])].join(','),
    },
    filter: filterRecord(state.filters),
  };
}

/** `filter` of a list or an export: `createdAt[gte]` → value. */
export function filterRecord(filters: readonly ListFilter[]): Record<string, string> {
  return Object.fromEntries(filters.map(({ field, operator, value }) => [`${field}[${operator}]`, value]));
}

/** Sorting by a column goes ascending → descending → off. With `add`, behind the keys that are there. */
export function nextSort(sort: readonly SortKey[], field: string, add: boolean): readonly SortKey[] {
  const current = sort.find((key) => key.field === field);
  const others = add ? sort.filter((key) => key.field !== field) : [];
  if (current === undefined) return [...others, { field, descending: false }].slice(-4);
  return current.descending ? others : [...others, { field, descending: true }];
}

/** A comma separates the values of `in`; inside a value it is written `\,` and a backslash `\\`. */
export function joinValues(values: readonly string[]): string {
  return values.map((value) => value.replace(/[\\,]/g, '\\$&')).join(',');
}

/** The inverse of {@link joinValues}, as the API reads it. */
export function splitValues(text: string): readonly string[] {
  if (text === '') return [];
  const values = [''];
  for (const [part] of text.matchAll(/\\[\\,]|./gs)) {
    if (part === ',') values.push('');
    else values[values.length - 1] += part.length === 2 ? part.slice(1) : part;
  }
  return values;
}

function sortText(sort: readonly SortKey[]): string {
  return sort.map(({ field, descending }) => (descending ? `-${field}` : field)).join(',');
}
