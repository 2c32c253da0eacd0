import { FILTER_OPERATORS, type FilterField } from '@tenantry/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestFilter } from '../http/parse-request.ts';
import { Problem } from '../problem.ts';
import { conditionSql } from './condition-sql.ts';
import { type ListColumns, SqlValues } from './list-column.ts';
import { type AttributeTypes, type Condition, parseFilters } from './parse-filters.ts';

const all = FILTER_OPERATORS;
const fields: Record<string, FilterField> = {
  name: { type: 'text', operators: all },
  status: { type: 'choice', operators: ['in', 'eq', 'ne'], choices: ['active', 'blocked'] },
  at: { type: 'instant', operators: ['eq', 'lt', 'lte', 'gt', 'gte', 'isNull'] },
  size: { type: 'integer', operators: ['eq', 'gte', 'in'] },
  id: { type: 'id', operators: ['in', 'eq'] },
  gone: { type: 'boolean', operators: ['eq'] },
  tags: { type: 'text', operators: ['contains', 'in'] },
  'attributes.*': { type: 'text', operators: ['eq', 'ne', 'in', 'lt', 'lte', 'gt', 'gte', 'isNull'] },
};
const attributes: AttributeTypes = new Map([
  ['industry', 'string'],
  ['employees', 'integer'],
  ['rate', 'number'],
  ['vip', 'boolean'],
]);
const columns: ListColumns = {
  name: { sql: 'x.name', type: 'text', searchedIn: 'x.search_text' },
  status: { sql: 'x.status', type: 'text' },
  at: { sql: 'x.at', type: 'timestamptz', nullable: true },
  size: { sql: 'x.size', type: 'integer' },
  id: { sql: 'x.id', type: 'uuid' },
  gone: { sql: 'x.gone is not null', type: 'boolean' },
  tags: { sql: 'x.tags', type: 'text[]' },
  attributes: { sql: 'x.indexed', type: 'text' },
};

const filter = (field: string, operator: RequestFilter['operator'], value: string): RequestFilter => ({ field, operator, value });
const refusalOf = (...filters: RequestFilter[]): Problem => {
  try {
    parseFilters(fields, filters, attributes);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('expected a problem');
};

describe('a filter', () => {
  it('of `in` is split at commas; a backslash makes one part of a value', () => {
    const values = (text: string) => parseFilters(fields, [filter('name', 'in', text)])[0]?.values;
    expect(values('a,b')).toEqual(['a', 'b']);
    expect(values('Smith\\, John,x\\\\,y\\z')).toEqual(['Smith, John', 'x\\', 'y\\z']);
    expect(values('')).toEqual(['']);
  });

  it('of every other operator takes its value as it is', () => {
    expect(parseFilters(fields, [filter('name', 'eq', 'a,b\\,c')])[0]?.values).toEqual(['a,b\\,c']);
  });

  it('of an instant may be a day, and is normalised', () => {
    const value = (text: string) => parseFilters(fields, [filter('at', 'gte', text)])[0]?.values[0];
    expect(value('2026-11-22')).toBe('2026-11-22T00:00:00.000Z');
    expect(value('2026-11-22T14:00:00+02:00')).toBe('2026-11-22T12:00:00.000Z');
    expect(value('2026-11-22T14:00:00.1234Z')).toBe('2026-11-22T14:00:00.123Z');
  });

  it.each([
    ['a field nobody offers', filter('secret', 'eq', 'x'), /name, status, at/],
    ['a property of every object', filter('constructor', 'eq', 'x'), /is not a field/],
    ['the family itself', filter('attributes.*', 'eq', 'x'), /is not a field/],
    ['an attribute that is not indexable, naming those that are', filter("attributes.a'::int]", 'eq', '1'), /attributes.industry/],
    ['an operator the field has not', filter('gone', 'lt', 'true'), /operators eq/],
    ['a comparison of a text attribute', filter('attributes.industry', 'gt', 'a'), /operators eq, ne, in, isNull/],
    ['a status nobody knows', filter('status', 'in', 'active,trial'), /active, blocked/],
    ['a day that is none', filter('at', 'eq', '2026-02-31x'), /instant/],
    ['a year PostgreSQL does not know', filter('at', 'eq', '0000-01-01'), /instant/],
    ['a year beyond four digits', filter('at', 'eq', '9999-12-31T23:59:59-23:59'), /instant/],
    ['an instant without offset', filter('at', 'eq', '2026-11-22T14:00:00'), /instant/],
    ['a number that is none', filter('size', 'eq', '1e3'), /whole number/],
    ['a number beyond a bigint', filter('size', 'eq', '9'.repeat(19)), /18 digits/],
    ['a number of an attribute that is none', filter('attributes.rate', 'gte', 'NaN'), /decimal/],
    ['an id that is none', filter('id', 'in', '1'), /UUID/],
    ['neither true nor false', filter('gone', 'eq', '1'), /true or false/],
    ['isNull of something else', filter('name', 'isNull', 'yes'), /true or false/],
    ['NUL', filter('name', 'eq', 'a\0'), /NUL/],
    ['a lone surrogate', filter('name', 'contains', '\ud800'), /Unicode/],
    ['an endless value', filter('name', 'eq', 'x'.repeat(301)), /300/],
    ['a part that is empty', filter('name', 'contains', ''), /empty/],
    ['a hundred and one values', filter('name', 'in', ','.repeat(100)), /100 values/],
  ])('is refused for %s', (_, wrong, detail) => {
    const problem = refusalOf(wrong);
    expect(problem.code).toBe('invalid-request');
    expect(problem.options.errors?.[0]?.pointer).toMatch(/^\/query\/filter\[/);
    expect(problem.options.errors?.[0]?.detail).toMatch(detail);
  });

  it('is refused when there are many, and when one comes twice; all mistakes are named at once', () => {
    expect(refusalOf(...Array.from({ length: 21 }, () => filter('name', 'eq', 'x'))).options.errors?.[0]?.detail).toMatch(/20 filters/);
    expect(refusalOf(filter('name', 'eq', 'x'), filter('name', 'eq', 'y')).options.errors?.[0]?.detail).toMatch(/twice/);
    expect(refusalOf(filter('size', 'eq', 'x'), filter('id', 'eq', 'y')).options.errors).toHaveLength(2);
  });
});

const anyFilter: fc.Arbitrary<RequestFilter> = fc.record({
  field: fc.oneof(
    fc.constantFrom(...Object.keys(fields), ...[...attributes.keys()].map((key) => `attributes.${key}`)),
    fc.string({ unit: 'binary' }),
  ),
  operator: fc.constantFrom(...all),
  value: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'true',
      'false',
      'active',
      '2026-11-22',
      '12',
      '-1.5',
      '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
      "' or 1=1--",
      '$1',
      '{"a":1}',
    ),
  ),
});

const parsed = (filters: RequestFilter[]): Condition[] | undefined => {
  try {
    return parseFilters(fields, filters, attributes);
  } catch (error) {
    // Anything but a Problem is a fault of ours.
    if (error instanceof Problem) return undefined;
    throw error;
  }
};

describe('the filter parser', () => {
  it('never throws anything but a problem, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(anyFilter, { maxLength: 5 }), (filters) => {
        parsed(filters);
      }),
      { numRuns: 3000 },
    );
  });

  it('gives the same for the same filters in another order', () => {
    fc.assert(
      fc.property(fc.array(anyFilter, { maxLength: 4 }), (filters) => {
        expect(parsed([...filters].reverse())).toEqual(parsed(filters));
      }),
      { numRuns: 2000 },
    );
  });

  it('lets nothing of a request into the text of SQL: equal shapes have equal text', () => {
    fc.assert(
      fc.property(anyFilter, (one) => {
        const [condition] = parsed([one]) ?? [];
        if (condition === undefined) return;
        const values = new SqlValues();
        const text = conditionSql(columns, condition, values);
        // true and false choose the shape; every other value is swapped for another of the same kind.
        const isShape = condition.operator === 'isNull' || condition.field === 'gone';
        const other = { ...condition, values: isShape ? condition.values : condition.values.map(() => 'other') };
        const swapped = condition.attribute ? { ...other, attribute: { ...condition.attribute, key: 'other' } } : other;
        expect(conditionSql(columns, swapped, new SqlValues())).toBe(text);
        if (!isShape) expect(values.values.flat()).toEqual(expect.arrayContaining([...condition.values]));
      }),
      { numRuns: 3000 },
    );
  });
});
