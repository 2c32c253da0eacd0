import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provisionThroughCrashes, removeThroughCrashes, shapeOf } from './faults/operator-crash.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import { freshName, onboard, removeCompletely, testTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const CLASS = freshName('e2e-class');
const OPERATOR = freshName('mortal');
const reference = freshName('whole');
const name = freshName('phoenix');
const SPEC = { classRef: { name: CLASS }, messaging: { topics: [{ name: 'orders', partitions: 2 }] } };

beforeAll(async () => {
  await makeClass(CLASS);
  await onboard(reference, SPEC);
});
afterAll(async () => {
  await Promise.all([removeCompletely(reference), removeCompletely(name)]);
  await removeClass(CLASS);
});

describe('an operator that is killed again and again between two outside effects', () => {
  // One effect a life: every state that a crash while provisioning can leave is met by a fresh process.
  it('after each one: makes the tenant Ready in the end, with nothing missing and nothing doubled', async () => {
    const { crashes } = await provisionThroughCrashes(OPERATOR, name, SPEC, () => 1);
    expect(crashes).toBeGreaterThan(10);
    expect(await shapeOf(name)).toEqual(await shapeOf(reference));
  }, 400_000);

  it('has made a tenant that serves', async () => {
    const tenant = await testTenant(name);
    const customer = await tenant.api.create({ name: 'Born in a storm' });
    await tenant.api.update(customer, { segment: 'survivors' });
    await verify(tenant);
  });

  it('after every third one of its removal: leaves nothing behind', async () => {
    const { crashes } = await removeThroughCrashes(OPERATOR, name, () => 3);
    expect(crashes).toBeGreaterThan(2);
  });
});
