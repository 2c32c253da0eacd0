import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { imageCommand } from '../images/image-command.ts';
import { PRODUCTS } from '../images/product-images.ts';
import { podProcess } from './pod-process.ts';

const root = resolve(import.meta.dirname, '../../..');

it('runs a role as its image says', async () => {
  const words = await imageCommand(root, PRODUCTS['tenantry-service']);
  for (const role of ['relay', 'projector', 'webhook-sender']) expect(await podProcess(root, role)).toEqual({ words, environment: {} });
  expect((await podProcess(root, 'operator')).environment).toEqual({ MALLOC_ARENA_MAX: '1' });
});

it('runs the job worker as its manifest says: with two small young generations, as a report has a thread of its own, and nothing else that is different', async () => {
  const words = await imageCommand(root, PRODUCTS['tenantry-service']);
  expect(await podProcess(root, 'job-worker')).toEqual({
    words: words.map((word) => word.replace(/^--max-semi-space-size=.*/, '--max-semi-space-size=4')),
    environment: { MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '1' },
  });
});
