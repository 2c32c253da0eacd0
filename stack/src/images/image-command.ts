import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Product } from './bundle-product.ts';

/**
 * What the image of a product runs: the arguments of Node, from its Dockerfile; `main.mjs` last. For programs started from their bundle without a
 * container, so that what is measured and tested is what is deployed. @throws Error when the Dockerfile starts anything else.
 */
export async function imageCommand(root: string, product: Product): Promise<readonly string[]> {
  const dockerfile = await readFile(join(root, product.folder, 'Dockerfile'), 'utf8');
  const [program, ...words] = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  if (program !== 'node' || words.at(-1) !== 'main.mjs') throw new Error(`${product.folder}/Dockerfile does not start main.mjs with node`);
  return words;
}

/** What the image of a product sets in the environment: its allocator's bounds are part of how much memory is measured. */
export async function imageEnvironment(root: string, product: Product): Promise<Readonly<Record<string, string>>> {
  const dockerfile = await readFile(join(root, product.folder, 'Dockerfile'), 'utf8');
  return Object.fromEntries([...dockerfile.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]));
}
