import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProduct } from '../src/images/bundle-product.ts';
import { PRODUCTS } from '../src/images/product-images.ts';
import { stackPaths } from '../src/paths.ts';

/** Name of the variable with the folder that all processes of a test run share. */
export const BUNDLES_FOLDER = 'TENANTRY_TEST_BUNDLES';

const bundles = new Map<string, Promise<string>>();

/**
 * The program of an image, bundled as it is there: `main.mjs`, made once in a test run, or once in this process. A test that starts a program
 * more than once wants it: from the sources every start reads and strips a thousand files, 0.8 s of a processor more.
 */
export function bundledProgram(name: keyof typeof PRODUCTS): Promise<string> {
  let bundle = bundles.get(name);
  if (bundle === undefined) {
    bundle = makeBundle(name);
    bundles.set(name, bundle);
  }
  return bundle;
}

async function makeBundle(name: keyof typeof PRODUCTS): Promise<string> {
  const home = process.env[BUNDLES_FOLDER] ?? (await ownFolder());
  const folder = join(home, name);
  if (!existsSync(folder)) {
    const draft = await mkdtemp(join(home, 'draft-'));
    await bundleProduct(stackPaths().root, PRODUCTS[name], draft);
    // Who comes second finds it there, and takes it.
    await rename(draft, folder).catch(() => rm(draft, { recursive: true }));
  }
  return join(folder, 'main.mjs');
}

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
