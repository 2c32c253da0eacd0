import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { footprintOf, NOTHING } from './support/footprint.ts';
import { kubectlApply, kubectlRefusal } from './support/kubectl.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import { freshName, getTenant, onboard, removeCompletely, tenantObject, waitForReady } from './support/test-tenant.ts';

const CLASS = freshName('e2e-class');

beforeAll(() => makeClass(CLASS));
afterAll(() => removeClass(CLASS));

describe('the API server refuses, naming the field and the fix,', () => {
  const apply = ['apply', '--server-side', '--field-manager=e2e', '-f', '-'];
  const long = `a${'b'.repeat(40)}`;

  it.each([
    ['a dot', 'acme.inc'],
    ['an underscore', 'acme_inc'],
    ['capitals', 'Acme'],
    ['41 characters', long],
    ['two characters', 'ab'],
    ['a digit first', '1acme'],
    ['a hyphen last', 'acme-'],
  ])('a name with %s', async (_what, bad) => {
    const refusal = await kubectlRefusal(apply, tenantObject(bad, {}));
    expect(refusal).toMatch(/metadata\.name must be 3 to 40 characters .* no dot.* Choose another name/);
    expect(refusal).toContain(bad);
  });

  it('fewer partitions than a topic has', async () => {
    const name = freshName('shrinking');
    const spec = (partitions: number) => ({ classRef: { name: CLASS }, messaging: { topics: [{ name: 'orders', partitions }] } });
    try {
      await onboard(name, spec(3));
      const refusal = await kubectlRefusal(apply, tenantObject(name, spec(2)));
      expect(refusal).toMatch(/spec\.messaging\.topics\[\]\.partitions can only grow.* add a topic with another name/);
      expect((await footprintOf(name)).kafka.topics).toEqual(expect.arrayContaining([expect.stringMatching(/\.orders: 3 /)]));
    } finally {
      await removeCompletely(name);
    }
  });

  it('a field that does not exist, instead of dropping it silently', async () => {
    const refusal = await kubectlRefusal(apply, tenantObject(freshName('typo'), { displayNam: 'typo' } as object));
    expect(refusal).toMatch(/displayNam/);
  });
});

describe('a Tenant of a class that does not exist', () => {
  it('is Stalled with ClassNotFound and touches nothing, and heals when the class appears', async () => {
    const early = freshName('early');
    const late = freshName('e2e-class');
    try {
      await kubectlApply(tenantObject(early, { classRef: { name: late } }));
      await eventually(async () => {
        const { status } = await getTenant(early);
        const conditions = Object.fromEntries((status?.conditions ?? []).map((condition) => [condition.type, condition]));
        expect(conditions.Ready).toMatchObject({ status: 'False', reason: 'ClassNotFound', message: expect.stringContaining(late) });
        expect(conditions.Stalled).toMatchObject({ status: 'True', reason: 'ClassNotFound' });
      });
      expect(await footprintOf(early)).toEqual(NOTHING);
      await makeClass(late);
      await waitForReady(early);
      const { status } = await getTenant(early);
      expect(status?.conditions?.find(({ type }) => type === 'Stalled')?.status).toBe('False');
    } finally {
      await removeCompletely(early);
      await removeClass(late);
    }
  });
});

describe('a Tenant that asks for more than its class allows', () => {
  it('is refused by the API server, naming the field and the limit', async () => {
    const spec = { classRef: { name: CLASS }, workload: { mode: 'Dedicated', replicas: 3 } } as const;
    const refusal = await kubectlRefusal(
      ['apply', '--server-side', '--field-manager=e2e', '-f', '-'],
      tenantObject(freshName('greedy'), spec),
    );
    expect(refusal).toContain(`spec.workload.replicas is 3, but class ${CLASS} allows at most 2`);
  });

  it('is Stalled with ClassCeiling when the class comes later, and touches nothing', async () => {
    const greedy = freshName('greedy');
    const late = freshName('e2e-class');
    try {
      await kubectlApply(tenantObject(greedy, { classRef: { name: late }, workload: { mode: 'Dedicated', replicas: 3 } }));
      await makeClass(late);
      await eventually(async () => {
        const stalled = (await getTenant(greedy)).status?.conditions?.find(({ type }) => type === 'Stalled');
        expect(stalled).toMatchObject({
          status: 'True',
          reason: 'ClassCeiling',
          message: expect.stringMatching(/spec\.workload\.replicas.*2/),
        });
      });
      expect(await footprintOf(greedy)).toEqual(NOTHING);
    } finally {
      await removeCompletely(greedy);
      await removeClass(late);
    }
  });
});
