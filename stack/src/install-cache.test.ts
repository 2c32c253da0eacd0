import { access, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type CacheEntry, cacheFolder, ensureCached, isCached } from './install-cache.ts';
import { pathsIn } from './paths.ts';

let folder: string;
let builds: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'install-cache-'));
  builds = 0;
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const context = () => ({ paths: pathsIn(folder, join(folder, 'run'), join(folder, 'cache')), progress: () => {} });

const entry: CacheEntry = {
  name: 'server',
  key: '1.2.3',
  build: async (target) => {
    builds += 1;
    await mkdir(join(target, 'bin'));
    await writeFile(join(target, 'bin', 'server'), 'program');
    await symlink('server', join(target, 'bin', 'link'));
  },
};

it('builds once and finds it again', async () => {
  const place = await ensureCached(context(), entry);
  expect(await readFile(join(place, 'bin', 'server'), 'utf8')).toBe('program');
  expect(await ensureCached(context(), entry)).toBe(place);
  expect(builds).toBe(1);
});

it('heals a file that was cut short', async () => {
  const place = await ensureCached(context(), entry);
  await truncate(join(place, 'bin', 'server'), 3);
  expect(await isCached(context().paths, entry)).toBe(false);
  await ensureCached(context(), entry);
  expect(await readFile(join(place, 'bin', 'server'), 'utf8')).toBe('program');
});

it.each(['server', 'link'])('heals a lost %s', async (name) => {
  const place = await ensureCached(context(), entry);
  await rm(join(place, 'bin', name));
  await ensureCached(context(), entry);
  expect(await readFile(join(place, 'bin', name), 'utf8')).toBe('program');
  expect(builds).toBe(2);
});

it('heals an entry without a manifest, as a crash before the end would leave it', async () => {
  const place = cacheFolder(context().paths, entry);
  await mkdir(join(place, 'bin'), { recursive: true });
  await writeFile(join(place, 'bin', 'server'), 'program');
  await ensureCached(context(), entry);
  expect(builds).toBe(1);
});

it('leaves scratch files of a server alone', async () => {
  const place = await ensureCached(context(), entry);
  await writeFile(join(place, 'scratch'), 'x');
  expect(await isCached(context().paths, entry)).toBe(true);
});

it('leaves nothing under the final name when a build fails, and succeeds the next time', async () => {
  const failing: CacheEntry = {
    ...entry,
    build: async (target) => {
      await writeFile(join(target, 'half'), 'x');
      throw new Error('the network is away');
    },
  };
  await expect(ensureCached(context(), failing)).rejects.toThrow('the network is away');
  expect(await isCached(context().paths, entry)).toBe(false);
  const place = await ensureCached(context(), entry);
  await expect(access(join(place, 'half'))).rejects.toThrow();
});

it('lets the second of two installers wait for the first', async () => {
  await Promise.all([ensureCached(context(), entry), ensureCached(context(), entry)]);
  expect(builds).toBe(1);
});

it('keeps versions apart', async () => {
  await ensureCached(context(), entry);
  expect(await isCached(context().paths, { ...entry, key: '1.2.4' })).toBe(false);
});
