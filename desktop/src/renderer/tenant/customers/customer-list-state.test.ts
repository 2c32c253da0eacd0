import { describe, expect, it } from 'vitest';
import {
  type CustomerListState,
  DEFAULT_COLUMNS,
  filterRecord,
  joinValues,
  listCall,
  listStateParams,
  nextSort,
  parseListState,
  splitValues,
  viewQuery,
} from './customer-list-state.ts';

const state = (over: Partial<CustomerListState> = {}): CustomerListState => ({
  search: '',
  filters: [],
  sort: [],
  columns: DEFAULT_COLUMNS,
  ...over,
});

describe('the address of the customers screen', () => {
  it.each([
    ['nothing', state()],
    ['a search', state({ search: 'hopper & söhne' })],
    [
      'filters with every kind of value',
      state({
        filters: [
          { field: 'status', operator: 'in', value: 'active,blocked' },
          { field: 'name', operator: 'contains', value: '=1+1&x[y]' },
          { field: 'attributes.level', operator: 'gte', value: '5' },
          { field: 'email', operator: 'isNull', value: 'true' },
        ],
      }),
    ],
    [
      'an order and columns',
      state({
        sort: [
          { field: 'name', descending: true },
          { field: 'id', descending: false },
        ],
        columns: ['phone', 'name', 'attributes.seats', 'attributes.a,b'],
      }),
    ],
  ])('is read back as it was written: %s', (_, written) => {
    expect(parseListState(new URLSearchParams(listStateParams(written).toString()))).toEqual(written);
  });

  it('means the first operator of the field where none is named, as the API does', () => {
    expect(parseListState(new URLSearchParams('filter[status]=active&filter[tags]=vip')).filters).toEqual([
      { field: 'status', operator: 'in', value: 'active' },
      { field: 'tags', operator: 'contains', value: 'vip' },
    ]);
  });

  it('leaves out what the list would refuse, so that an old link still opens', () => {
    const found = parseListState(
      new URLSearchParams('filter[age]=5&filter[status][contains]=a&filter[name][drop]=x&sort=-age,name&fields=age'),
    );
    expect(found).toEqual(state({ sort: [{ field: 'name', descending: false }] }));
  });

  it('is empty for what is shown without a choice', () => {
    expect(listStateParams(state()).toString()).toBe('');
  });
});

describe('the call of the list', () => {
  it('asks for the columns shown and for what every row needs', () => {
    expect(listCall(state({ columns: ['email', 'id'] })).query).toEqual({ fields: 'email,name,status,tags,version' });
  });

  it('asks for all attributes, once, when columns show some of them', () => {
    expect(listCall(state({ columns: ['name', 'attributes.seats', 'attributes.plan'] })).query.fields).toBe(
      'name,attributes,status,tags,version',
    );
  });

  it('sends no order with a search, which is ranked', () => {
    const { query } = listCall(state({ search: ' ada ', sort: [{ field: 'name', descending: true }] }));
    expect(query).toMatchObject({ search: 'ada' });
    expect(query).not.toHaveProperty('sort');
  });

  it('names each filter with its operator', () => {
    expect(filterRecord([{ field: 'createdAt', operator: 'gte', value: '2026-11-01' }])).toEqual({ 'createdAt[gte]': '2026-11-01' });
  });
});

it('a saved view is a query the list takes: columns of single attributes become the one of all', () => {
  expect(viewQuery(state({ columns: ['name', 'attributes.seats', 'email', 'attributes.plan'] }))).toBe('fields=name%2Cattributes%2Cemail');
});

it('a column header sorts up, then down, then not at all', () => {
  const up = nextSort([{ field: 'email', descending: false }], 'name', false);
  const down = nextSort(up, 'name', false);
  expect([up, down, nextSort(down, 'name', false)]).toEqual([
    [{ field: 'name', descending: false }],
    [{ field: 'name', descending: true }],
    [],
  ]);
});

it('a further column is added behind the others', () => {
  expect(nextSort([{ field: 'status', descending: false }], 'name', true)).toEqual([
    { field: 'status', descending: false },
    { field: 'name', descending: false },
  ]);
});

it.each([[[]], [['a']], [['a,b', 'c']], [['x\\', 'y\\z', '\\,']]])('values with commas come back from one parameter: %j', (values) => {
  expect(splitValues(joinValues(values))).toEqual(values);
});
