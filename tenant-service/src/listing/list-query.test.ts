import { CUSTOMER_LIST, listCustomers } from '@tenantry/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Cursors } from '../http/cursor.ts';
import { Problem } from '../problem.ts';
import { keysetSql, orderBySql } from './keyset-sql.ts';
import { type ListColumns, SqlValues } from './list-column.ts';
import { decodePosition, encodePosition, type ListPosition } from './list-position.ts';
import { listPath, listQueryText, parseListQuery } from './list-query.ts';
import { parseSort, sortText } from './parse-sort.ts';

const rules = { operation: listCustomers, document: Object.fromEntries(CUSTOMER_LIST.fields.map((name) => [name, ''])), ...CUSTOMER_LIST };
const allowed = CUSTOMER_LIST.sorts;
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
};

describe('a sort order', () => {
  it('has the id behind it, in the direction of the last key, and nothing behind the id', () => {
    expect(sortText(parseSort(allowed, '-createdAt,name'))).toBe('-createdAt,name,id');
    expect(sortText(parseSort(allowed, 'status,-name'))).toBe('status,-name,-id');
    expect(sortText(parseSort(allowed, 'status,-id,name'))).toBe('status,-id');
  });

  it.each(['name;drop', '(select 1)', 'name desc', '', ',', '-', '--name', 'name,name', 'NAME', 'constructor', 'tags', '+name'])(
    'is refused as %s (H21)',
    (sort) => expect(codeOf(() => parseSort(allowed, sort))).toBe('invalid-request'),
  );

  it('is refused, or made of allowed names only, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.constantFrom(...allowed, '-name', '-status', 'x')).map((keys) => keys.join(',')),
        ),
        (sort) => {
          if (codeOf(() => parseSort(allowed, sort)) !== undefined) return;
          for (const { field } of parseSort(allowed, sort)) expect([...allowed, 'id']).toContain(field);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the fields of a query', () => {
  const fieldsOf = (fields: string) => parseListQuery(rules, [], { limit: 50, fields }).fields;
  it('come in the order of an item, with the id', () => {
    expect(fieldsOf('status,name')).toEqual(['id', 'name', 'status']);
  });
  it.each(['', 'name,name', 'search_text', 'name as x', '*', 'constructor', 'id;drop'])('are refused as %s', (fields) => {
    expect(codeOf(() => fieldsOf(fields))).toBe('invalid-request');
  });
});

const query = fc.record({
  filters: fc.uniqueArray(
    fc.constantFrom(
      { field: 'status', operator: 'in', value: 'active,blocked' } as const,
      { field: 'name', operator: 'contains', value: 'a&b=c]' } as const,
      { field: 'createdAt', operator: 'gte', value: '2026-11-22' } as const,
      { field: 'createdAt', operator: 'lt', value: '2026-11-23T00:00:00+01:00' } as const,
    ),
    { maxLength: 4 },
  ),
  sort: fc.option(fc.constantFrom('name', '-createdAt,name', 'status,-id'), { nil: undefined }),
  fields: fc.option(fc.constantFrom('id', 'name,email'), { nil: undefined }),
  count: fc.option(fc.constantFrom('exact' as const, 'estimate' as const), { nil: undefined }),
});

describe('a query', () => {
  it('is what its link says', () => {
    fc.assert(
      fc.property(query, ({ filters, ...request }) => {
        const asked = parseListQuery(rules, filters, { limit: 7, ...request });
        const link = new URL(listPath('/v1/customers', asked, 7, 'cur-sor_'), 'http://x');
        expect(link.searchParams.get('cursor')).toBe('cur-sor_');
        const again = [...link.searchParams].flatMap(([name, value]) => {
          const [, field, operator] = /^filter\[(\w+)\]\[(\w+)\]$/.exec(name) ?? [];
          return field === undefined ? [] : [{ field, operator: operator as 'eq', value }];
        });
        const read = (name: string) => link.searchParams.get(name) ?? undefined;
        const back = parseListQuery(rules, again, { limit: Number(read('limit')), sort: read('sort'), fields: read('fields') });
        expect(listQueryText(back)).toBe(listQueryText(asked));
      }),
    );
  });

  it('is plain only when nothing but the default is asked for', () => {
    expect(parseListQuery(rules, [], { limit: 5 }).isPlain).toBe(true);
    expect(parseListQuery(rules, [], { limit: 5, sort: '-id', count: 'exact' }).isPlain).toBe(true);
    for (const request of [{ sort: 'id' }, { fields: 'id' }, { sort: '-createdAt' }]) {
      expect(parseListQuery(rules, [], { limit: 5, ...request }).isPlain, JSON.stringify(request)).toBe(false);
    }
  });
});

const cursors = new Cursors([Buffer.alloc(32, 1)]);
const position: fc.Arbitrary<ListPosition> = fc.record({
  side: fc.constantFrom('after' as const, 'before' as const),
  keys: fc.array(fc.option(fc.string({ unit: 'grapheme' }), { nil: null }), { minLength: 1, maxLength: 5 }),
});

describe('a position', () => {
  const scope = { tenantId: 't', operationId: 'listCustomers', query: 'q' };

  it('comes back as it was given out', () => {
    fc.assert(
      fc.property(position, (given) => {
        expect(decodePosition(cursors, scope, encodePosition(cursors, scope, given), given.keys.length)).toEqual(given);
      }),
    );
  });

  it('is refused with another number of keys, changed, or genuine but of another kind', () => {
    fc.assert(
      fc.property(position, fc.nat(), fc.constantFrom('A', 'z', '_', '='), (given, at, letter) => {
        const good = encodePosition(cursors, scope, given);
        expect(codeOf(() => decodePosition(cursors, scope, good, given.keys.length + 1))).toBe('invalid-cursor');
        const place = at % good.length;
        fc.pre(good[place] !== letter);
        const bad = good.slice(0, place) + letter + good.slice(place + 1);
        expect(codeOf(() => decodePosition(cursors, scope, bad, given.keys.length))).toBe('invalid-cursor');
      }),
    );
    for (const other of ['7', 'null', 'x', '[2,"a"]', '[1,2]', '{"0":1}']) {
      expect(
        codeOf(() => decodePosition(cursors, scope, cursors.encode(scope, other), 1)),
        other,
      ).toBe('invalid-cursor');
    }
  });
});

describe('the SQL of a position', () => {
  const columns: ListColumns = {
    id: { sql: 'x.id', type: 'uuid' },
    at: { sql: 'x.at', type: 'timestamptz' },
    name: { sql: 'x.name', type: 'text', nullable: true },
  };
  const sqlOf = (sort: string, side: ListPosition['side'], keys: (string | null)[]) => {
    const values = new SqlValues();
    return { text: keysetSql(columns, parseSort(['id', 'at', 'name'], sort), { side, keys }, values), values: values.values };
  };

  it('is a row comparison where a btree can begin at one', () => {
    expect(sqlOf('-id', 'after', ['i']).text).toBe('x.id < $1::uuid');
    expect(sqlOf('-at', 'after', ['a', 'i']).text).toBe('(x.at, x.id) < ($1::timestamptz, $2::uuid)');
    expect(sqlOf('-at', 'before', ['a', 'i']).text).toBe('(x.at, x.id) > ($1::timestamptz, $2::uuid)');
  });

  it('goes key by key where directions differ, with a bound an index can enter at', () => {
    expect(sqlOf('at,-id', 'after', ['a', 'i'])).toEqual({
      text: 'x.at >= $1::timestamptz and ((x.at > $1::timestamptz) or (x.at = $1::timestamptz and x.id < $2::uuid))',
      values: ['a', 'i'],
    });
  });

  it('takes an absent value for the largest', () => {
    expect(sqlOf('name', 'after', ['n', 'i']).text).toBe(
      '(((x.name > $1::text or x.name is null)) or (x.name = $1::text and x.id > $2::uuid))',
    );
    expect(sqlOf('name', 'after', [null, 'i']).text).toBe('((false) or (x.name is null and x.id > $1::uuid))');
    expect(sqlOf('-name', 'after', [null, 'i']).text).toBe('((x.name is not null) or (x.name is null and x.id < $1::uuid))');
    expect(orderBySql(columns, parseSort(['name'], '-name'), 'before')).toBe('x.name, x.id');
  });
});
