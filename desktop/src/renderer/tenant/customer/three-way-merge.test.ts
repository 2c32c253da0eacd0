import { describe, expect, it } from 'vitest';
import { type EditableCustomer, mergedCustomer, patchBetween, threeWayMerge } from './three-way-merge.ts';

const base: EditableCustomer = {
  name: 'Ada Lovelace',
  email: 'ada@example.org',
  phone: null,
  externalId: 'crm-1',
  status: 'active',
  segment: null,
  tags: ['vip', 'old'],
  attributes: { industry: 'computing', address: { city: 'London', zip: '1' } },
};
const change = (over: Partial<EditableCustomer>): EditableCustomer => ({ ...base, ...over });

describe('three versions of a customer', () => {
  it('need no person when each side changed other fields', () => {
    const merges = threeWayMerge(base, change({ name: 'Ada King' }), change({ phone: '+4930123456' }));
    expect(merges.filter(({ conflict }) => conflict)).toEqual([]);
    expect(mergedCustomer(change({ phone: '+4930123456' }), merges, {})).toEqual(change({ name: 'Ada King', phone: '+4930123456' }));
  });

  it('conflict where both changed one field to different values, and follow the choice', () => {
    const [mine, theirs] = [change({ name: 'Ada King' }), change({ name: 'Countess Lovelace' })];
    const merges = threeWayMerge(base, mine, theirs);
    expect(merges).toEqual([
      {
        field: 'name',
        base: 'Ada Lovelace',
        mine: 'Ada King',
        theirs: 'Countess Lovelace',
        changedBy: 'both',
        conflict: true,
        merged: 'Ada King',
      },
    ]);
    expect(mergedCustomer(theirs, merges, {}).name).toBe('Ada King');
    expect(mergedCustomer(theirs, merges, { name: 'theirs' }).name).toBe('Countess Lovelace');
  });

  it('do not conflict where both arrived at the same value', () => {
    const merges = threeWayMerge(base, change({ segment: 'gold' }), change({ segment: 'gold' }));
    expect(merges).toMatchObject([{ field: 'segment', changedBy: 'both', conflict: false }]);
  });

  it('unite tags: what either added is there, what either removed is gone', () => {
    const merges = threeWayMerge(base, change({ tags: ['vip', 'mine'] }), change({ tags: ['old', 'theirs'] }));
    expect(merges).toMatchObject([{ field: 'tags', conflict: false, merged: ['theirs', 'mine'] }]);
  });

  it('treat each attribute as a field of its own, also one that is gone', () => {
    const mine = change({ attributes: { address: { city: 'London', zip: '1' }, level: 3 } });
    const theirs = change({ attributes: { industry: 'food', address: { city: 'London', zip: '1' } } });
    const merges = threeWayMerge(base, mine, theirs);
    expect(merges.map(({ field, conflict }) => [field, conflict])).toEqual([
      ['attributes.industry', true],
      ['attributes.level', false],
    ]);
    expect(mergedCustomer(theirs, merges, {}).attributes).toEqual({ address: { city: 'London', zip: '1' }, level: 3 });
    expect(mergedCustomer(theirs, merges, { 'attributes.industry': 'theirs' }).attributes).toMatchObject({ industry: 'food', level: 3 });
  });
});

describe('the patch between two versions', () => {
  it('is nothing when they are the same, whatever the order of keys', () => {
    expect(patchBetween(base, change({ attributes: { address: { zip: '1', city: 'London' }, industry: 'computing' } }))).toBeUndefined();
  });

  it('names changed fields only, and what is gone at any depth with null', () => {
    const to = change({ name: 'Ada', tags: [], attributes: { address: { city: 'Paris' }, level: 1 } });
    expect(patchBetween(base, to)).toEqual({
      name: 'Ada',
      tags: [],
      attributes: { industry: null, address: { zip: null, city: 'Paris' }, level: 1 },
    });
  });
});
