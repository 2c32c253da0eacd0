import { expect, it } from 'vitest';
import { fuzzWorld } from '../../testing/fuzz-world.ts';
import { fuzzApi } from '../../testing/schemathesis.ts';

// The short form; `npm run fuzz:api` is the long one.
it('no generated request gets a 5xx or an answer the description does not have', async () => {
  await using world = await fuzzWorld();
  const report = await fuzzApi({ ...world, seed: 1, examples: 3 });
  expect(report.failures).toEqual([]);
  expect(report.operations).toBeGreaterThan(5);
  expect(report.cases).toBeGreaterThan(200);
}, 600_000);
