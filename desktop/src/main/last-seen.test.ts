import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DesktopLog } from './desktop-log.ts';
import type { Sealer } from './electron-port.ts';
import { LastSeen, type LastSeenOptions } from './last-seen.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tenantry-last-seen-'));
});
afterAll(() => rm(home, { recursive: true }));

const NOW = Date.parse('2026-11-23T14:03:00Z');
const GRACE = { environment: 'prod', person: 'grace' };
const keyring: Sealer = {
  isAvailable: async () => true,
  seal: async (text) => Buffer.from([...text].reverse().join('')),
  unseal: async (sealed) => [...Buffer.from(sealed).toString('utf8')].reverse().join(''),
};
const noKeyring: Sealer = { ...keyring, isAvailable: async () => false };
const opened = (folder: string, more: Partial<LastSeenOptions> = {}): LastSeen =>
  new LastSeen({ folder: join(home, folder), sealer: keyring, log: new DesktopLog(), now: () => NOW, ...more });
const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(join(home, folder), { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

it('is there after a restart with the time it was seen, and nobody can read it off the disk', async () => {
  await opened('restart').keep(GRACE, 'acme', 'customers', 'Ada Lovelace');
  expect(await opened('restart').read(GRACE, 'acme', 'customers')).toEqual({ at: '2026-11-23T14:03:00.000Z', text: 'Ada Lovelace' });
  const files = await filesOf('restart');
  expect(files).toHaveLength(2);
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  expect(`${files.map((file) => file.slice(home.length))} ${contents}`).not.toMatch(/Ada|acme|grace|customers/);
});

it('is of one person in one tenant, and a file put in another’s place does not open', async () => {
  const seen = opened('apart');
  await seen.keep(GRACE, 'acme', 'customers', 'Ada');
  expect(await seen.read({ ...GRACE, person: 'alan' }, 'acme', 'customers')).toBeUndefined();
  expect(await seen.read({ ...GRACE, environment: 'staging' }, 'acme', 'customers')).toBeUndefined();
  expect(await seen.read(GRACE, 'globex', 'customers')).toBeUndefined();
  const [before] = (await filesOf('apart')).filter((file) => !file.endsWith('key.sealed'));
  await seen.keep(GRACE, 'acme', 'accounts', 'Everyday');
  const [after] = (await filesOf('apart')).filter((file) => !file.endsWith('key.sealed') && file !== before);
  await copyFile(after as string, before as string);
  expect(await seen.read(GRACE, 'acme', 'customers')).toBeUndefined();
});

it('leaves nothing in memory or on the disk when the person signs out', async () => {
  for (const [folder, sealer] of [
    ['out', keyring],
    ['out-memory', noKeyring],
  ] as const) {
    const seen = opened(folder, { sealer });
    // What is still being written when the person signs out goes, too.
    const keeping = seen.keep(GRACE, 'acme', 'customers', 'Ada');
    await Promise.all([keeping, seen.forget('prod')]);
    expect(await seen.read(GRACE, 'acme', 'customers')).toBeUndefined();
    expect(await filesOf(folder)).toEqual([]);
  }
});

it('loses what was another person’s, and tenants the person is no member of any more', async () => {
  for (const [folder, sealer] of [
    ['members', keyring],
    ['members-memory', noKeyring],
  ] as const) {
    const seen = opened(folder, { sealer });
    const alan = { ...GRACE, person: 'alan' };
    await seen.keep(GRACE, 'acme', 'customers', 'Ada');
    await seen.keep(GRACE, 'globex', 'customers', 'Barbara');
    await seen.keep(alan, 'acme', 'customers', 'Edsger');
    await seen.keepOnly(GRACE, ['acme']);
    const left = await Promise.all([
      seen.read(GRACE, 'acme', 'customers'),
      seen.read(GRACE, 'globex', 'customers'),
      seen.read(alan, 'acme', 'customers'),
    ]);
    expect(left.map((each) => each?.text)).toEqual(['Ada', undefined, undefined]);
  }
});

it('writes nothing to the disk where there is no keyring', async () => {
  const seen = opened('memory', { sealer: noKeyring });
  await seen.keep(GRACE, 'acme', 'customers', 'Ada');
  expect(await seen.read(GRACE, 'acme', 'customers')).toMatchObject({ text: 'Ada' });
  expect(await filesOf('memory')).toEqual([]);
  expect(await opened('memory', { sealer: noKeyring }).read(GRACE, 'acme', 'customers')).toBeUndefined();
});

it('is bounded: the oldest of a tenant goes first, also after a restart, and what is huge is not kept at all', async () => {
  const bounded = () => opened('bounded', { tenantBytesMax: 4000 });
  const seen = bounded();
  for (const name of ['one', 'two', 'three']) await seen.keep(GRACE, 'acme', name, 'x'.repeat(900));
  await seen.keep(GRACE, 'acme', 'one', 'y'.repeat(900));
  await seen.keep(GRACE, 'acme', 'huge', 'x'.repeat(5000));
  const later = bounded();
  for (const name of ['four', 'five']) await later.keep(GRACE, 'acme', name, 'x'.repeat(900));
  const names = ['one', 'two', 'three', 'four', 'five', 'huge'];
  const left = await Promise.all(names.map((name) => later.read(GRACE, 'acme', name)));
  expect(names.filter((_, at) => left[at] !== undefined)).toEqual(['one', 'three', 'four', 'five']);
});

it('forgets what is older than a week', async () => {
  await opened('old').keep(GRACE, 'acme', 'customers', 'Ada');
  expect(await opened('old', { now: () => NOW + 8 * 86_400_000 }).read(GRACE, 'acme', 'customers')).toBeUndefined();
});
