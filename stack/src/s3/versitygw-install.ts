import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileGo } from '../install/go-compile.ts';
import { type CacheEntry, cacheFolder, ensureCached, isCached } from '../install-cache.ts';
import type { PartContext } from '../part.ts';
import type { Paths } from '../paths.ts';

/** Of github.com/versity/versitygw in stack/versitygw/go.mod. */
const VERSION = '1.8.0';

/** Packages a cold build compiles; only the progress text depends on it. */
const PACKAGES = 590;

/** Path of the S3 server's program, which is its administration client too. */
export async function versitygwBinary(paths: Paths): Promise<string> {
  return join(cacheFolder(paths, await versitygwEntry(paths)), 'versitygw');
}

export async function versitygwIsInstalled(paths: Paths): Promise<boolean> {
  return await isCached(paths, await versitygwEntry(paths));
}

/** Compiles it: about a minute on two idle cores. */
export async function installVersitygw(context: PartContext): Promise<void> {
  await ensureCached(context, await versitygwEntry(context.paths));
}

async function versitygwEntry(paths: Paths): Promise<CacheEntry> {
  const sources = join(paths.root, 'stack', 'versitygw');
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(sources, file)));
  return {
    name: 'versitygw',
    key: `${VERSION}-${hash.digest('hex').slice(0, 12)}`,
    build: (folder, progress) =>
      compileGo({ paths, progress }, [
        {
          sources,
          target: 'github.com/versity/versitygw/cmd/versitygw',
          output: join(folder, 'versitygw'),
          linkerFlags: `-s -w -X main.Version=${VERSION}`,
          packages: PACKAGES,
          title: 'the S3 server',
        },
      ]),
  };
}
