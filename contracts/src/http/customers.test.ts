import { describe, expect, it } from 'vitest';
import { CustomerPatch, NewCustomer } from './customers.ts';

const paths = (value: unknown): string[] => NewCustomer.safeParse(value).error?.issues.map(({ path }) => path.join('/')) ?? [];

describe('a new customer', () => {
  it('needs a name only; the rest has defaults', () => {
    expect(NewCustomer.parse({ name: 'Ada' })).toEqual({
      name: 'Ada',
      externalId: null,
      email: null,
      phone: null,
      status: 'active',
      segment: null,
      tags: [],
      attributes: {},
    });
  });

  it.each([
    ['a blank name', { name: '  ' }, 'name'],
    ['NUL in a name, which PostgreSQL cannot hold', { name: 'a\0b' }, 'name'],
    ['a lone surrogate, which UTF-8 cannot say', { name: 'a\ud800' }, 'name'],
    ['an address without @', { name: 'A', email: 'ada' }, 'email'],
    ['a phone number that is not E.164', { name: 'A', phone: '030 123' }, 'phone'],
    ['a lone surrogate deep in attributes', { name: 'A', attributes: { a: ['\udc00'] } }, 'attributes'],
    ['NUL in a key of attributes', { name: 'A', attributes: { 'a\0': 1 } }, 'attributes'],
    ['51 tags', { name: 'A', tags: Array(51).fill('t') }, 'tags'],
    ['201 attributes', { name: 'A', attributes: Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`k${at}`, 1])) }, 'attributes'],
    ['a status nobody knows', { name: 'A', status: 'gone' }, 'status'],
  ])('is refused for %s, naming the place', (_, value, path) => {
    expect(paths(value)).toContain(path);
  });

  it('takes any script, emoji, and a backslash-u that is only text', () => {
    for (const name of ['Müller', '田中', '👩‍🚀 Ada', 'مرحبا', 'C:\\users', "' OR 1=1--"]) {
      expect(NewCustomer.safeParse({ name, attributes: { note: '\\ud800 as text', [name]: name } }).error).toBeUndefined();
    }
  });
});

describe('a patch', () => {
  it('has at least one field, none of them unknown or read-only', () => {
    expect(CustomerPatch.safeParse({}).success).toBe(false);
    for (const key of ['id', 'version', 'createdAt', 'tenantId', 'constructor']) {
      expect(CustomerPatch.safeParse({ [key]: 'x' }).success).toBe(false);
    }
  });

  it('clears what may be empty, not what must be there', () => {
    expect(CustomerPatch.safeParse({ email: null, segment: null }).success).toBe(true);
    expect(CustomerPatch.safeParse({ name: null }).success).toBe(false);
    expect(CustomerPatch.safeParse({ tags: null }).success).toBe(false);
  });
});
