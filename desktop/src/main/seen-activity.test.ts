import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SeenActivity } from './seen-activity.ts';

const [EARLIER, LATER] = ['2026-11-23T14:00:00.000Z', '2026-11-23T14:05:00.000Z'];
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tenantry-activity-'));
});
afterAll(() => rm(home, { recursive: true }));

it('knows after a restart what was seen in each tenant of each environment', async () => {
  const file = join(home, 'one', 'activity.json');
  const before = new SeenActivity(file);
  expect(await before.until('prod', 'acme')).toBeUndefined();
  await Promise.all([before.mark('prod', 'acme', LATER), before.mark('prod', 'globex', EARLIER), before.mark('staging', 'acme', EARLIER)]);
  const after = new SeenActivity(file);
  expect(await Promise.all([after.until('prod', 'acme'), after.until('prod', 'globex'), after.until('staging', 'acme')])).toEqual([
    LATER,
    EARLIER,
    EARLIER,
  ]);
});

it('never forgets what was seen: an earlier time does not take the place of a later one', async () => {
  const seen = new SeenActivity(join(home, 'activity.json'));
  await seen.mark('prod', 'acme', LATER);
  await seen.mark('prod', 'acme', EARLIER);
  expect(await seen.until('prod', 'acme')).toBe(LATER);
});

it('begins anew with a file that is broken', async () => {
  const file = join(home, 'broken.json');
  await writeFile(file, '{"prod": {"acme": 7}}');
  const seen = new SeenActivity(file);
  expect(await seen.until('prod', 'acme')).toBeUndefined();
  await seen.mark('prod', 'acme', EARLIER);
  expect(await new SeenActivity(file).until('prod', 'acme')).toBe(EARLIER);
});
