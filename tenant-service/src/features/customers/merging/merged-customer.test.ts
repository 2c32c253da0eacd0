import type { Customer } from '@tenantry/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedCustomer, undoPlan } from './merged-customer.ts';

const time = '2026-11-22T14:00:00.000Z';
const customer = (fields: Partial<Customer>): Customer => ({
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  externalId: null,
  name: 'Ada',
  email: null,
  phone: null,
  status: 'active',
  segment: null,
  tags: [],
  attributes: {},
  version: 1,
  createdAt: time,
  updatedAt: time,
  ...fields,
});
const generated = fc
  .record({
    externalId: fc.option(fc.string()),
    name: fc.string({ minLength: 1 }),
    email: fc.option(fc.emailAddress()),
    phone: fc.option(fc.constantFrom('+4930123456', '+4930123457')),
    status: fc.constantFrom('active' as const, 'inactive' as const, 'blocked' as const),
    segment: fc.option(fc.constantFrom('a', 'b')),
    tags: fc.array(fc.constantFrom('x', 'y', 'z')),
    attributes: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), fc.jsonValue()) as fc.Arbitrary<
      Customer['attributes']
    >,
  })
  .map(customer);
const take = fc.subarray(['externalId', 'name', 'email', 'phone', 'status', 'segment', 'tags', 'attributes'] as const);

describe('a merged customer', () => {
  it('keeps its own, takes what it lacks, unites tags and adds attributes', () => {
    const survivor = customer({ email: 'a@example.org', tags: ['x', 'y'], attributes: { a: 1, b: null } });
    const other = customer({
      name: 'Eda',
      email: 'b@example.org',
      segment: 'gold',
      status: 'blocked',
      tags: ['z', 'y'],
      attributes: { b: 2, c: 3 },
    });
    expect(mergedCustomer(survivor, other, [])).toEqual({
      fields: {
        externalId: null,
        name: 'Ada',
        email: 'a@example.org',
        phone: null,
        status: 'active',
        segment: 'gold',
        tags: ['x', 'y', 'z'],
        attributes: { a: 1, b: null, c: 3 },
      },
      changed: ['segment', 'tags', 'attributes'],
    });
    expect(mergedCustomer(survivor, other, ['name', 'tags', 'phone']).fields).toMatchObject({ name: 'Eda', tags: ['z', 'y'], phone: null });
  });

  it('says what changed exactly, and an undo right away brings the survivor back whoever the two are', () => {
    fc.assert(
      fc.property(generated, generated, take, (survivor, other, fields) => {
        const merged = mergedCustomer(survivor, other, fields);
        const after = { ...survivor, ...merged.fields };
        const plan = undoPlan({ survivorBefore: survivor, survivorAfter: after, changedFields: merged.changed }, after);
        expect(plan.conflicts).toEqual([]);
        expect({ ...after, ...plan.fields }).toEqual(survivor);
        expect(Object.keys(plan.fields)).toEqual(merged.changed);
      }),
    );
  });

  it('is not taken back where it was changed again; only there', () => {
    fc.assert(
      fc.property(generated, generated, generated, take, (survivor, other, now, fields) => {
        const { fields: merged, changed } = mergedCustomer(survivor, other, fields);
        const after = { ...survivor, ...merged };
        const plan = undoPlan({ survivorBefore: survivor, survivorAfter: after, changedFields: changed }, now);
        const same = (field: keyof Customer, than: Customer) => JSON.stringify(sorted(now[field])) === JSON.stringify(sorted(than[field]));
        expect(plan.conflicts).toEqual(changed.filter((field) => !same(field, after) && !same(field, survivor)));
      }),
    );
  });
});

/** Keys in order, so that texts compare as the values do. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}
