import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureBaseImage } from '../images/base-image.ts';
import { ensureImage } from '../images/build-image.ts';
import { aptUnpack } from '../install/apt.ts';
import { type CacheEntry, cacheFolder, ensureCached, isCached } from '../install-cache.ts';
import type { PartContext } from '../part.ts';
import type { Paths } from '../paths.ts';
import { RECIPES } from '../versions.ts';

/** Unpacked into the cache, not installed: the Debian package would start a service, and bring the libraries of pages that nobody opens. */
const prometheusDebian: CacheEntry = {
  name: 'prometheus',
  key: `2.42-${RECIPES.prometheus}`,
  build: (folder, progress) => aptUnpack({ progress }, ['prometheus'], folder),
};

/** What finds pods for it, as it lies in the image. */
const DISCOVERY = ['discovery-server.ts', 'pod-targets.ts'];

export async function prometheusIsInstalled(paths: Paths): Promise<boolean> {
  return await isCached(paths, prometheusDebian);
}

export async function installPrometheus(context: PartContext): Promise<void> {
  await ensureCached(context, prometheusDebian);
}

/** The image of it, which the node has afterwards. */
export async function ensurePrometheusImage(context: PartContext): Promise<string> {
  const { paths } = context;
  const base = await ensureBaseImage(context);
  const dockerfile = join(paths.root, 'stack', 'images', 'prometheus.Dockerfile');
  const sources = DISCOVERY.map((file) => join(import.meta.dirname, file));
  const hash = createHash('sha256').update(`${base} ${prometheusDebian.key}`);
  for (const file of [dockerfile, ...sources]) hash.update(await readFile(file));
  return await ensureImage(context, {
    image: `localhost/prometheus:${hash.digest('hex').slice(0, 16)}`,
    base,
    dockerfile,
    fill: async (folder) => {
      const put = async (from: string, to: string): Promise<void> => {
        await mkdir(dirname(join(folder, to)), { recursive: true });
        await copyFile(from, join(folder, to));
      };
      await put(join(cacheFolder(paths, prometheusDebian), 'usr/bin/prometheus'), 'usr/local/bin/prometheus');
      for (const [index, file] of DISCOVERY.entries()) await put(sources[index] ?? '', join('app', file));
    },
  });
}
