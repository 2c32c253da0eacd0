import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Paths } from '../paths.ts';
import type { Images } from './product-images.ts';

const File = z.record(z.string(), z.string());

/** Remembers what the part `images` built, for the part that deploys it. */
export async function writeBuiltImages(paths: Paths, images: Images): Promise<void> {
  const file = imagesFile(paths);
  await writeFile(`${file}.new`, `${JSON.stringify(images, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** Image name in the manifests → image of the last build. @throws when nothing was built in this checkout. */
export async function readBuiltImages(paths: Paths): Promise<Images> {
  return File.parse(JSON.parse(await readFile(imagesFile(paths), 'utf8')));
}

function imagesFile(paths: Paths): string {
  return join(paths.run, 'images.json');
}
