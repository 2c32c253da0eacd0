import { cellLogins } from '@tenantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aRegistration } from '../../testing/tenant-fixtures.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { FencedPool } from './fenced-pool.ts';
import { PgRegistry } from './pg-registry.ts';

let platform: TestPlatform;
let pool: FencedPool;
let registry: PgRegistry;

beforeAll(async () => {
  platform = await testPlatform();
  pool = new FencedPool({
    ...platform.cell.postgres,
    user: cellLogins(platform.cell.name).operator,
    password: platform.operatorPassword,
    ca: platform.stack.ca,
    connections: 2,
    operatorName: 'registry-test',
    holder: 'registry-test',
    effects: platform.effects,
  });
  await pool.lead(platform.cell.name);
  registry = new PgRegistry(pool);
});
afterAll(async () => {
  await pool?.close();
  await platform?.[Symbol.asyncDispose]();
});

/** A row with this name and class; nothing else of the tenant exists. */
async function registered(slug: string, className: string, state: 'Active' | 'Closed' = 'Active'): Promise<void> {
  const tenantId = crypto.randomUUID();
  await registry.register(
    aRegistration({
      tenantId,
      slug,
      class: className,
      state,
      schemaName: `t_${slug}_`,
      appRole: `t_${slug}_app`,
      quotas: { customers: 1 },
    }),
  );
}

it('keeps quotas as they were written', async () => {
  await registered('keeps', 'gold');
  expect((await registry.registration('keeps'))?.quotas).toEqual({ customers: 1 });
});

it('gives a class’s quotas to its tenants in one statement: not to others, not to closed ones, not to those that have them', async () => {
  await registered('one', 'small');
  await registered('two', 'small');
  await registered('other', 'large');
  await registered('closed', 'small', 'Closed');
  await registered('unnamed', 'small');
  const quotas = { customers: 20, requestsPerMinute: 600 };
  expect(await registry.giveQuotas('small', quotas, ['one', 'two', 'other', 'closed'])).toBe(2);
  expect(await registry.giveQuotas('small', quotas, ['one', 'two'])).toBe(0);
  const all = await registry.registrations();
  expect(['one', 'two', 'other', 'closed', 'unnamed'].map((slug) => all.get(slug)?.quotas)).toEqual([
    quotas,
    quotas,
    { customers: 1 },
    { customers: 1 },
    { customers: 1 },
  ]);
});
