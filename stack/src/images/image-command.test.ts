import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { imageCommand, imageEnvironment } from './image-command.ts';
import { PRODUCTS } from './product-images.ts';

const root = resolve(import.meta.dirname, '../../..');

it('says what each product’s image runs', async () => {
  for (const product of Object.values(PRODUCTS)) expect((await imageCommand(root, product)).at(-1)).toBe('main.mjs');
});

it('bounds how far the heap of the service grows beyond what is alive', async () => {
  expect(await imageCommand(root, PRODUCTS['tenantry-service'])).toEqual(
    expect.arrayContaining(['--max-semi-space-size=16', '--heap-growing-percent=100']),
  );
});

it('keeps the operator from having an arena of the allocator for each of its threads', async () => {
  expect(await imageEnvironment(root, PRODUCTS['tenantry-operator'])).toEqual({ MALLOC_ARENA_MAX: '1' });
});

it('refuses an image that starts something else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'product'));
  writeFileSync(join(folder, 'product', 'Dockerfile'), 'FROM base\nCMD ["sh", "-c", "node main.mjs"]\n');
  await expect(imageCommand(folder, { folder: 'product', files: {} })).rejects.toThrow('does not start main.mjs');
});
