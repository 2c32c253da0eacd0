import type { TenantryClient } from '@tenantry/contracts';
import { ProblemError } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { loadCustomers } from './load-customers.ts';
import { sampleCustomers } from './sample-customers.ts';

const samples = sampleCustomers('acme', 40);

/** Answers as the API does for what is asked of it here. */
function client(existing: readonly string[], createCustomer: (externalId: string) => Promise<{ replayed: boolean }>): TenantryClient {
  return {
    listCustomers: async () => ({ data: { items: existing.map((externalId) => ({ externalId })), page: { next: null, limit: 200 } } }),
    createCustomer: async (call: { body: { externalId: string } }) => await createCustomer(call.body.externalId),
  } as unknown as TenantryClient;
}
const later = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, value));

it('counts every customer it made, although many are under way at once', async () => {
  const seen: number[] = [];
  const result = await loadCustomers(
    client([], () => later({ replayed: false })),
    'acme',
    samples,
    { progress: (done) => seen.push(done) },
  );
  expect(result).toEqual({ created: 40, known: 0 });
  expect(seen.at(-1)).toBe(40);
});

it('asks only for those that are not there', async () => {
  const asked: string[] = [];
  const make = async (externalId: string) => {
    asked.push(externalId);
    return { replayed: false };
  };
  expect(await loadCustomers(client(['crm-0001', 'crm-0002'], make), 'acme', samples, { progress: () => {} })).toEqual({
    created: 38,
    known: 2,
  });
  expect(asked).not.toContain('crm-0001');
});

it('leaves a customer alone that a person made with the same address, and one that a person deleted', async () => {
  const taken = new ProblemError(
    { type: 'https://x', title: '', status: 409, detail: '', instance: '', code: 'customer-email-taken' },
    null,
  );
  const make = (externalId: string) => (externalId === 'crm-0001' ? Promise.reject(taken) : later({ replayed: externalId === 'crm-0002' }));
  expect((await loadCustomers(client([], make), 'acme', samples, { progress: () => {} })).created).toBe(38);
});
