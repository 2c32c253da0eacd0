import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DesktopLog } from '../desktop-log.ts';
import type { Sealer } from '../electron-port.ts';
import { TokenVault } from './token-vault.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tenantry-vault-'));
});
afterAll(() => rm(home, { recursive: true }));

const turned = (text: string): string => [...text].reverse().join('');
const keyring: Sealer = {
  isAvailable: async () => true,
  seal: async (text) => Buffer.from(turned(text)),
  unseal: async (sealed) => turned(Buffer.from(sealed).toString('utf8')),
};
const vault = (folder: string, sealer: Sealer): TokenVault => new TokenVault({ folder: join(home, folder), sealer, log: new DesktopLog() });

it('keeps a session for the next start, sealed', async () => {
  await vault('one', keyring).write('acme', 'the-refresh-token');
  expect(await vault('one', keyring).read('acme')).toBe('the-refresh-token');
  const files = await readdir(join(home, 'one'));
  const contents = await Promise.all(files.map((file) => readFile(join(home, 'one', file), 'utf8')));
  expect(files).toHaveLength(1);
  expect(`${files} ${contents}`).not.toMatch(/the-refresh-token|acme/);
});

it('writes nothing to the disk where there is no keyring, and says so', async () => {
  const none: Sealer = { ...keyring, isAvailable: async () => false };
  const inMemory = vault('two', none);
  await inMemory.write('acme', 'the-refresh-token');
  expect([await inMemory.read('acme'), await inMemory.kept()]).toEqual(['the-refresh-token', 'memory']);
  expect(await vault('two', none).read('acme')).toBeUndefined();
  await expect(readdir(join(home, 'two'))).rejects.toThrow('ENOENT');
});

it('counts what cannot be opened any more as nothing, and takes it away', async () => {
  await vault('three', keyring).write('acme', 'the-refresh-token');
  const another: Sealer = { ...keyring, unseal: () => Promise.reject(new Error('sealed by another user')) };
  expect(await vault('three', another).read('acme')).toBeUndefined();
  expect(await readdir(join(home, 'three'))).toEqual([]);
});
