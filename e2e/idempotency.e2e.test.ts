import { randomUUID } from 'node:crypto';
import type { Customer } from '@tenantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from './support/cell-eye.ts';
import { ifMatch, problemOf } from './support/tenant-api.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const name = freshName('once');
let tenant: TestTenant;

beforeAll(async () => {
  tenant = await onboard(name);
});
afterAll(() => removeCompletely(name));

const post = (key: string, body: object) =>
  tenant.api.call<Customer>('POST', '/v1/customers', { body, headers: { 'idempotency-key': key } });

describe('a request with an Idempotency-Key', () => {
  it('sent twice has one effect and one answer, the second marked as a repeat', async () => {
    const key = randomUUID();
    const first = await post(key, { name: 'Once' });
    const second = await post(key, { name: 'Once' });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.text).toBe(first.text);
    expect([second.etag, second.headers.location]).toEqual([first.etag, first.headers.location]);
    expect([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']]).toEqual([undefined, 'true']);
    expect(await customersNamed('Once')).toBe(1);
  });

  it('and another body under the same key is refused and writes nothing', async () => {
    const key = randomUUID();
    await post(key, { name: 'The first body' });
    const other = await post(key, { name: 'Another body' });
    expect(problemOf(other)).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    expect(await customersNamed('Another body')).toBe(0);
  });

  it('that loses its email address to another customer is refused each time, and its key stays free', async () => {
    const holder = await tenant.api.create({ name: 'Holder', email: 'one@example.org' });
    const key = randomUUID();
    const loser = { name: 'Loser', email: 'ONE@example.org' };
    for (const attempt of [await post(key, loser), await post(key, loser)]) {
      expect(problemOf(attempt)).toMatchObject({ status: 409, code: 'customer-email-taken' });
    }
    expect(await customersNamed('Loser')).toBe(0);
    await tenant.api.delete(holder);
    const winner = await post(key, loser);
    expect([winner.status, winner.headers['idempotent-replayed']]).toEqual([201, undefined]);
    expect(await customersNamed('Loser')).toBe(1);
  });

  it('sent fifty times at once has one effect and one answer', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(key, { name: 'Fifty', email: 'fifty@example.org' })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect(await customersNamed('Fifty')).toBe(1);
  });
});

it('of fifty changes made from the same version at once, one wins and the others are told that theirs is stale', async () => {
  const customer = await tenant.api.create({ name: 'Contended' });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      tenant.api.call('PATCH', `/v1/customers/${customer.id}`, { body: { segment: `writer ${index}` }, headers: ifMatch(1) }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 412)).toHaveLength(49);
  expect((await tenant.api.history(customer.id)).map(({ version }) => version)).toEqual([2, 1]);
});

it('keeps its promises about what was written', () => verify(tenant));

async function customersNamed(customerName: string): Promise<number> {
  const [row] = await rowsOf<{ count: string }>(name, 'select count(*) from {schema}.customers where name = $1', [customerName]);
  return Number(row?.count);
}
