import { seeded } from '@tenantry/stack/testing/seeded.ts';
import { expect, it } from 'vitest';
import { outages, restartPostgresUnderLoad } from './faults/postgres-restarts.ts';

const [seed, ratePerSecond] = [20261122, 60];

it('loses nothing it acknowledged, hangs nobody and recovers by itself when PostgreSQL ends fast, immediately or by SIGKILL', async () => {
  const counts = await restartPostgresUnderLoad(outages(1, ratePerSecond, seeded(seed)), ratePerSecond);
  expect(counts.restarts).toBe(3);
  expect(counts.acknowledgedWrites).toBeGreaterThan(100);
});
