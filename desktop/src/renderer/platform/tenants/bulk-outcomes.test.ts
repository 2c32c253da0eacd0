import { expect, it } from 'vitest';
import type { ChangePreview, TenantRow } from '../../../platform/platform-view-questions.ts';
import { type BulkOutcome, bulkOutcomes } from './bulk-outcomes.ts';

const rows = (...names: string[]) => names.map((name) => ({ name }) as TenantRow);

it('says of each tenant what became of it; one that fails holds up no other', async () => {
  const answers: Record<string, () => Promise<ChangePreview>> = {
    acme: async () => ({ verdict: 'allowed', changes: [{ path: 'spec.lifecycle.state', before: 'Active', after: 'Suspended' }] }),
    globex: async () => ({
      verdict: 'owned',
      owners: ['spec.lifecycle.state', 'spec.lifecycle.reason'].map((path) => ({ path, manager: 'argocd' })),
    }),
    initech: async () => ({ verdict: 'refused', why: 'the class allows no more' }),
    hooli: async () => {
      throw new Error('there is no tenant hooli any more');
    },
  };
  const told: [string, BulkOutcome][] = [];
  const outcomes = await bulkOutcomes(
    rows(...Object.keys(answers)),
    ({ name }) => answers[name]?.() as Promise<ChangePreview>,
    (name, outcome) => told.push([name, outcome]),
  );
  expect(Object.fromEntries(outcomes)).toEqual({
    acme: { kind: 'allowed', fields: 1 },
    globex: { kind: 'owned', managers: ['argocd'] },
    initech: { kind: 'refused', why: 'the class allows no more' },
    hooli: { kind: 'refused', why: 'there is no tenant hooli any more' },
  });
  expect(new Map(told)).toEqual(outcomes);
});

it('asks for a few at a time and for each once', async () => {
  let [underWay, most, asked] = [0, 0, 0];
  await bulkOutcomes(
    rows(...Array.from({ length: 50 }, (_, at) => `t-${at}`)),
    async () => {
      asked += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return { verdict: 'allowed', changes: [] };
    },
    () => {},
  );
  expect([asked, most]).toEqual([50, 5]);
});
