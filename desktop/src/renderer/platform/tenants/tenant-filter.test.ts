import { describe, expect, it } from 'vitest';
import type { TenantRow } from '../../../platform/platform-view-questions.ts';
import { countsOf, filteredTenants, sortedBy, TenantFilter } from './tenant-filter.ts';

const row = (name: string, more: Partial<TenantRow> = {}): TenantRow => ({
  name,
  uid: name,
  version: '1',
  displayName: undefined,
  class: 'standard',
  cell: 'main',
  mode: 'Pooled',
  phase: 'Ready',
  reason: 'Ready',
  says: '',
  since: undefined,
  createdAt: '2026-01-01T00:00:00Z',
  drift: 0,
  schemaVersion: 16,
  ...more,
});
const rows = [
  row('globex', { class: 'dedicated', mode: 'Dedicated', createdAt: '2026-01-03T00:00:00Z' }),
  row('acme', { displayName: 'Acme Inc.', phase: 'Stalled', reason: 'ClassNotFound', says: 'TenantClass gold does not exist.' }),
  row('initech', { cell: undefined, phase: 'Provisioning', reason: '', drift: 2, createdAt: '2026-01-02T00:00:00Z' }),
];
const found = (filter: TenantFilter) => filteredTenants(rows, filter).map(({ name }) => name);

describe('the rows of the table', () => {
  it.each<[readonly string[], TenantFilter]>([
    [['acme', 'globex', 'initech'], {}],
    [['acme'], { q: 'INC gold' }],
    [['acme'], { q: 'classnotfound' }],
    [[], { q: 'acme nothing' }],
    [['acme', 'initech'], { phase: ['Stalled', 'Provisioning'] }],
    [['globex'], { class: ['dedicated'] }],
    [['acme', 'globex'], { cell: ['main'] }],
    [['globex', 'initech', 'acme'], { sort: 'createdAt', desc: true }],
    [['initech', 'acme', 'globex'], { sort: 'drift', desc: true }],
    [['globex', 'initech', 'acme'], { sort: 'phase' }],
  ])('are %j for %j', (names, filter) => {
    expect(found(filter)).toEqual(names);
  });

  it('can be counted by what a filter offers', () => {
    expect(countsOf(rows, 'class')).toEqual([
      ['standard', 2],
      ['dedicated', 1],
    ]);
    expect(countsOf(rows, 'cell')).toEqual([['main', 2]]);
  });
});

it('a click on a head sorts up, the next one down, the third by name again, and keeps what is filtered', () => {
  const up = sortedBy({ q: 'a' }, 'drift');
  const down = sortedBy(up, 'drift');
  expect([up, down, sortedBy(down, 'drift')]).toEqual([{ q: 'a', sort: 'drift' }, { q: 'a', sort: 'drift', desc: true }, { q: 'a' }]);
  expect(sortedBy({}, 'name')).toEqual({ sort: 'name', desc: true });
});

it('an address with words this version does not know opens with what is left of it', () => {
  expect(TenantFilter.parse({ q: 'a', phase: ['Gone'], sort: 'colour', desc: 'yes', more: 1 })).toEqual({ q: 'a' });
});
