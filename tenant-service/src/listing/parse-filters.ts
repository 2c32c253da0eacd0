import {
  ATTRIBUTE_FILTERS,
  type AttributeType,
  FILTER_VALUES_MAX,
  FILTERS_MAX,
  type FilterField,
  type FilterOperator,
  type ProblemPlace,
} from '@tenantry/contracts';
import type { RequestFilter } from '../http/parse-request.ts';
import { Problem } from '../problem.ts';

export type FilterFields = Readonly<Record<string, FilterField>>;

/** The attributes a tenant lets filter by. */
export type AttributeTypes = ReadonlyMap<string, AttributeType>;

/** A filter that is allowed and well-formed. `values` has one element for every operator but `in`. */
export interface Condition {
  /** Name of the column, or `attributes`. */
  readonly field: string;
  /** Key below `attributes`, with its type. */
  readonly attribute?: { readonly key: string; readonly type: AttributeType };
  readonly operator: FilterOperator;
  readonly values: readonly string[];
}

const NO_ATTRIBUTES: AttributeTypes = new Map();
const ATTRIBUTE_PREFIX = 'attributes.';
const TEXT_MAX = 300;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/**
 * Filters in a fixed order, so that equal queries are equal however they were written.
 * @throws Problem `invalid-request` naming each wrong parameter and what is allowed instead.
 */
export function parseFilters(fields: FilterFields, raw: readonly RequestFilter[], attributes = NO_ATTRIBUTES): Condition[] {
  if (raw.length > FILTERS_MAX) throw refused([{ pointer: '/query', detail: `has more than ${FILTERS_MAX} filters` }]);
  const errors: ProblemPlace[] = [];
  const conditions: Condition[] = [];
  for (const filter of raw) {
    try {
      conditions.push(parseFilter(fields, filter, attributes));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      errors.push({ pointer: pointerOf(filter), detail: error.message });
    }
  }
  if (errors.length > 0) throw refused(errors);
  const keyed = conditions
    .map((condition) => ({ condition, key: keyOf(condition) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const twice = keyed.find(({ key }, place) => keyed[place + 1]?.key === key);
  if (twice)
    throw refused([{ pointer: `/query/filter[${twice.condition.field}]`, detail: `has operator ${twice.condition.operator} twice` }]);
  return keyed.map(({ condition }) => condition);
}

/** What is wrong with one filter; becomes a place of the problem. */
class Refusal extends Error {}

function parseFilter(fields: FilterFields, { field: name, operator, value: text }: RequestFilter, attributes: AttributeTypes): Condition {
  const { field, attribute, operators, type, choices } = fieldOf(fields, name, attributes);
  if (!(operators as readonly FilterOperator[]).includes(operator)) throw new Refusal(`takes the operators ${operators.join(', ')}`);
  const check = (value: string) => checkValue(operator === 'isNull' ? 'boolean' : type, value, choices);
  const values = operator === 'in' ? splitList(text).map(check) : [check(text)];
  if (text === '' && (operator === 'contains' || operator === 'startsWith')) throw new Refusal('must not be empty');
  if (values.length > FILTER_VALUES_MAX) throw new Refusal(`has more than ${FILTER_VALUES_MAX} values`);
  return { field, operator, values, ...(attribute ? { attribute } : {}) };
}

function fieldOf(fields: FilterFields, name: string, attributes: AttributeTypes) {
  const family = Object.hasOwn(fields, 'attributes.*');
  if (family && name.startsWith(ATTRIBUTE_PREFIX)) {
    const key = name.slice(ATTRIBUTE_PREFIX.length);
    const type = attributes.get(key);
    if (type !== undefined) return { field: 'attributes', attribute: { key, type }, choices: undefined, ...ATTRIBUTE_FILTERS[type] };
  } else if (Object.hasOwn(fields, name) && !name.endsWith('.*')) {
    const { type, operators, choices } = fields[name] as FilterField;
    return { field: name, attribute: undefined, type, operators, choices };
  }
  const allowed = [
    ...Object.keys(fields).filter((field) => field !== 'attributes.*'),
    ...(family ? [...attributes.keys()].map((key) => ATTRIBUTE_PREFIX + key) : []),
  ];
  throw new Refusal(`is not a field to filter by; these are: ${allowed.join(', ')}`);
}

/** Commas separate; `\,` is a comma and `\\` a backslash. */
function splitList(text: string): string[] {
  const values = [''];
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] as string;
    const next = text[at + 1];
    if (letter === ',') values.push('');
    else if (letter === '\\' && (next === ',' || next === '\\')) {
      values[values.length - 1] += next;
      at += 1;
    } else values[values.length - 1] += letter;
  }
  return values;
}

/** The value as PostgreSQL takes it. */
function checkValue(type: FilterField['type'] | 'number', value: string, choices: readonly string[] | undefined): string {
  switch (type) {
    case 'choice':
      if (choices?.includes(value)) return value;
      throw new Refusal(`must be one of ${choices?.join(', ')}`);
    case 'boolean':
      if (value === 'true' || value === 'false') return value;
      throw new Refusal('must be true or false');
    case 'integer':
      if (/^-?\d{1,18}$/.test(value)) return value;
      throw new Refusal('must be a whole number of at most 18 digits');
    case 'number':
      if (/^-?\d{1,30}(?:\.\d{1,30})?$/.test(value)) return value;
      throw new Refusal('must be a decimal number, e.g. 12.5');
    case 'id':
      if (UUID.test(value)) return value.toLowerCase();
      throw new Refusal('must be a UUID');
    case 'instant':
      return checkInstant(value);
    case 'text':
      if (value.length > TEXT_MAX) throw new Refusal(`must have at most ${TEXT_MAX} characters`);
      if (!value.isWellFormed() || value.includes('\0')) throw new Refusal('must be well-formed Unicode without NUL');
      return value;
  }
}

function checkInstant(value: string): string {
  const time = INSTANT.test(value) ? Date.parse(value) : Number.NaN;
  const text = Number.isNaN(time) ? '' : new Date(time).toISOString();
  // Four digits and not the year 0, which PostgreSQL does not know.
  if (/^(?!0000)\d{4}-/.test(text)) return text;
  throw new Refusal('must be an instant with its offset, e.g. 2026-11-22T14:00:00Z, or a day in UTC, e.g. 2026-11-22');
}

function keyOf({ field, attribute, operator }: Condition): string {
  return JSON.stringify([field, attribute?.key ?? '', operator]);
}

function pointerOf({ field, operator }: RequestFilter): string {
  const text = `filter[${field}][${operator}]`.slice(0, 100);
  return `/query/${text.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function refused(errors: readonly ProblemPlace[]): Problem {
  return new Problem('invalid-request', errors.length === 1 ? 'One filter is wrong.' : `${errors.length} filters are wrong.`, { errors });
}
