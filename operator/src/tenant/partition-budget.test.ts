import { expect, it } from 'vitest';
import type { Registration } from '../postgres/port.ts';
import { PartitionBudget } from './partition-budget.ts';

const registered = async () => new Map(['acme', 'globex'].map((slug) => [slug, { slug } as Registration]));

it('counts the cell’s own topics and the shared one, and refuses what goes above the budget together with what was just promised', async () => {
  const counts = new Map([
    ['acme.events', 3],
    ['acme.orders', 2],
    ['_shared.main.events', 4],
    ['_shared.other.events', 40],
    ['stranger.events', 50],
    ['nodot', 60],
  ]);
  let now = 0;
  const kafka = { partitionCounts: async () => counts };
  const budget = new PartitionBudget({ kafka, registry: { registrations: registered }, cell: 'main', budget: 14, now: () => now });
  expect(await budget.used()).toBe(9);

  // At the same moment: together they would be one too many.
  const [first, second] = await Promise.all([budget.take(new Map([['globex.events', 3]])), budget.take(new Map([['acme.orders', 3]]))]);
  expect([first, second]).toEqual([undefined, { wanted: 15, budget: 14 }]);
  // The same wish again is the same topic.
  expect(await budget.take(new Map([['globex.events', 3]]))).toBeUndefined();
  // It was never made: what was promised is free again.
  now = 61_000;
  expect(await budget.take(new Map([['acme.orders', 3]]))).toBeUndefined();
  expect(await budget.used()).toBe(9);
  counts.set('acme.orders', 5);
  now += 15_000;
  expect(await budget.used()).toBe(12);
});
