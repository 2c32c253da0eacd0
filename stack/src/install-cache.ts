import { lstat, mkdir, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { waitForLock } from './lock.ts';
import type { PartContext } from './part.ts';
import type { Paths } from './paths.ts';

/** One installed thing: `~/.cache/tenantry/<name>/<key>/`. */
export interface CacheEntry {
  readonly name: string;
  /** Everything the content depends on: version, recipe, architecture. */
  readonly key: string;
  /** Fills an empty folder. The folder is moved afterwards, so nothing in it may hold its own path. */
  readonly build: (folder: string, progress: (text: string) => void) => Promise<void>;
}

const Manifest = z.object({
  /** Path inside the entry → size in bytes, or `-> target` for a link. */
  files: z.record(z.string(), z.union([z.number(), z.string()])),
});
type Manifest = z.infer<typeof Manifest>;

const MANIFEST = '.complete';

/** Where the entry is or will be. */
export function cacheFolder(paths: Paths, entry: Pick<CacheEntry, 'name' | 'key'>): string {
  return join(paths.cache, entry.name, entry.key);
}

/** True when the manifest is there and every file it names has its size. Files added later (a server's scratch) do not matter. */
export async function isCached(paths: Paths, entry: Pick<CacheEntry, 'name' | 'key'>): Promise<boolean> {
  const folder = cacheFolder(paths, entry);
  const manifest = await readManifest(folder);
  if (!manifest) return false;
  const checks = Object.entries(manifest.files).map(async ([file, expected]) => (await describe(join(folder, file))) === expected);
  return (await Promise.all(checks)).every(Boolean);
}

/**
 * The entry's folder, built when it is missing or damaged. Built in a folder beside and renamed when complete, so a crash leaves no half
 * entry under the final name; a lock keeps a second installer waiting, who then finds it done.
 */
export async function ensureCached(context: Pick<PartContext, 'paths' | 'progress'>, entry: CacheEntry): Promise<string> {
  const { paths, progress } = context;
  const folder = cacheFolder(paths, entry);
  if (await isCached(paths, entry)) return folder;
  await mkdir(join(paths.cache, entry.name), { recursive: true });
  await using _lock = await waitForLock(`${folder}.lock`, `installing ${entry.name} ${entry.key}`, (holder) =>
    progress(`waiting for process ${holder.pid}, which installs it`),
  );
  if (await isCached(paths, entry)) return folder;
  const building = `${folder}.building`; // Ours alone under the lock; an earlier crash may have left one.
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  await entry.build(building, progress);
  await writeFile(join(building, MANIFEST), JSON.stringify(await takeManifest(building)));
  await rm(folder, { recursive: true, force: true });
  await rename(building, folder);
  return folder;
}

async function takeManifest(folder: string): Promise<Manifest> {
  const files: Record<string, number | string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const described = await describe(path);
    if (described !== undefined) files[path.slice(folder.length + 1)] = described;
  }
  return { files };
}

async function describe(path: string): Promise<number | string | undefined> {
  const status = await lstat(path).catch(() => undefined);
  if (!status) return undefined;
  return status.isSymbolicLink() ? `-> ${await readlink(path)}` : status.size;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return Manifest.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')));
  } catch {
    return undefined;
  }
}
