import { tenantNames } from '@tenantry/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as batch from '../features/customers/customer-batch-statements.ts';
import * as life from '../features/customers/customer-life-statements.ts';
import * as customers from '../features/customers/customer-statements.ts';
import { quoteIdentifier } from './identifier.ts';
import { TenantStatement } from './statement.ts';

describe('a quoted identifier', () => {
  it('is one identifier whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), (name) => {
        fc.pre(!name.includes('\0') && Buffer.byteLength(name) <= 63);
        const quoted = quoteIdentifier(name);
        expect(quoted.slice(1, -1).replaceAll('""', '')).not.toContain('"');
        expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(name);
      }),
    );
  });

  it('is refused where PostgreSQL would cut it or could not hold it', () => {
    for (const name of ['', 'a\0b', 'x'.repeat(64), 'ü'.repeat(32)]) expect(() => quoteIdentifier(name)).toThrow(RangeError);
  });
});

describe('a statement', () => {
  it('keeps its name within the 63 bytes PostgreSQL compares, for the longest tenant name', () => {
    const { schema } = tenantNames(`a${'b'.repeat(39)}`, 'main');
    const all = Object.values({ ...customers, ...life, ...batch }).filter((value) => value instanceof TenantStatement);
    expect(all.length).toBeGreaterThanOrEqual(21);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const statement of all) expect(Buffer.byteLength(statement.of(schema).name)).toBeLessThanOrEqual(63);
  });

  it('is the same object for the same schema, and names the schema everywhere', () => {
    const statement = new TenantStatement('s', 'select 1 from {schema}.a join {schema}.b using (id)');
    expect(statement.of('t_x')).toBe(statement.of('t_x'));
    expect(statement.of('t_x')).toEqual({ name: 's:t_x', text: 'select 1 from "t_x".a join "t_x".b using (id)' });
  });
});

describe('a statement that may change customers', () => {
  it.each([
    'update {schema}.customers set name = $1 where id = $2',
    'with w as (update {schema}.customers c set version = 2 returning id) select id from w',
    'UPDATE ONLY {schema}.customers SET name = $1',
    'delete from {schema}.customers where id = $1',
    'merge into {schema}.customers c using x on true when matched then delete',
    'insert into {schema}.customers (id) values ($1)\n on conflict (id) do update set name = excluded.name',
  ])('is known as one: %s', (text) => expect(new TenantStatement('s', text).changesCustomers).toBe(true));

  it.each([
    'select id from {schema}.customers for update',
    'insert into {schema}.customers (id) values ($1) on conflict do nothing',
    'update {schema}.customers_archive set name = $1',
    'update {schema}.accounts set balance = 1 where customer_id in (select id from {schema}.customers)',
  ])('is not taken for one: %s', (text) => expect(new TenantStatement('s', text).changesCustomers).toBe(false));
});
