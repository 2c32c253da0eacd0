import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EnvironmentList } from '../environment-file.ts';
import { packedAddress, updateSource } from './update-source.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-source-'));
});
afterAll(() => rm(folder, { recursive: true }));

const packed = (address?: string) => ({ packedAddress: async () => address });

it('goes by the administrator, then by what the program was packed with, and else nowhere', async () => {
  const address = 'https://a.example/';
  expect(await updateSource(packed('https://b.example/'), address)).toEqual({ address });
  expect(await updateSource(packed(address), undefined)).toEqual({ address });
  expect(await updateSource(packed(address), 'off')).toEqual({ off: 'switched-off' });
  expect(await updateSource(packed(), undefined)).toEqual({ off: 'no-address' });
  expect(await updateSource(undefined, address)).toEqual({ off: 'not-here' });
});

it.each([
  ['provider: generic\nurl: https://updates.example.com/tenantry', 'https://updates.example.com/tenantry'],
  ['provider: generic\nurl: https://updates.invalid', undefined],
  ['provider: github\nowner: somebody', undefined],
  ['', undefined],
])('reads where the program was packed to look: %j', async (text, address) => {
  const file = join(folder, 'app-update.yml');
  await writeFile(file, text);
  expect(await packedAddress(file)).toBe(address);
  expect(await packedAddress(join(folder, 'missing.yml'))).toBeUndefined();
});

it.each([
  ['https://updates.example.com/tenantry', true],
  ['off', true],
  ['http://updates.example.com/tenantry', false],
  ['file:///tmp', false],
  ['updates.example.com', false],
])('takes of environments.json only https, or off: %s', (updates, isTaken) => {
  const tenants = { issuer: 'https://id.example', apiUrl: 'https://api.example' };
  const environments = [{ id: 'local', name: 'Local', kind: 'development', tenants }];
  expect(EnvironmentList.safeParse({ environments, current: 'local', updates }).success).toBe(isTaken);
});
