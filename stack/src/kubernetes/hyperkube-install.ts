import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileGo } from '../install/go-compile.ts';
import { type CacheEntry, cacheFolder, ensureCached, isCached } from '../install-cache.ts';
import type { PartContext } from '../part.ts';
import type { Paths } from '../paths.ts';

/** Kubernetes in stack/hyperkube/go.mod; the binary reports it, and the node's version comes from there. */
export const KUBERNETES_VERSION = '1.34.4';

/** Packages a cold build compiles; only the progress text depends on it. */
const PACKAGES = 2760;

/** Path of the one binary that is etcd, every Kubernetes server and kubectl. It goes by its file name: never rename it. */
export async function hyperkubeBinary(paths: Paths): Promise<string> {
  return join(cacheFolder(paths, await hyperkubeEntry(paths)), 'hyperkube');
}

/** The pause program of pod sandboxes, built beside it. */
export async function pauseBinary(paths: Paths): Promise<string> {
  return join(cacheFolder(paths, await hyperkubeEntry(paths)), 'pause');
}

export async function hyperkubeIsInstalled(paths: Paths): Promise<boolean> {
  return await isCached(paths, await hyperkubeEntry(paths));
}

/** Builds both from the committed modules: about 4 to 12 minutes on two cores when nothing is cached, so it runs at low priority. */
export async function installHyperkube(context: PartContext): Promise<void> {
  await ensureCached(context, await hyperkubeEntry(context.paths));
}

/** The key is the sources alone: the same modules give the same program with any Go that is new enough. */
async function hyperkubeEntry(paths: Paths): Promise<CacheEntry> {
  const sources = join(paths.root, 'stack', 'hyperkube');
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go', 'pause/main.go']) hash.update(await readFile(join(sources, file)));
  return {
    name: 'hyperkube',
    key: `${KUBERNETES_VERSION}-${hash.digest('hex').slice(0, 12)}`,
    build: (folder, progress) => build({ paths, progress }, sources, folder),
  };
}

async function build(context: Pick<PartContext, 'paths' | 'progress'>, sources: string, folder: string): Promise<void> {
  const program = { sources, linkerFlags: linkerFlags(), packages: PACKAGES, title: 'Kubernetes' };
  await compileGo(context, [
    { ...program, output: join(folder, 'pause'), target: './pause' },
    { ...program, output: join(folder, 'hyperkube'), target: '.' },
  ]);
}

/** Without these `kubectl version` and the node say v0.0.0, and version-skew checks fail. */
function linkerFlags(): string {
  const [major, minor] = KUBERNETES_VERSION.split('.');
  const facts = {
    gitVersion: `v${KUBERNETES_VERSION}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
    gitCommit: '0'.repeat(40),
    buildDate: '2026-01-01T00:00:00Z',
  };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const definitions = packages.flatMap((name) => Object.entries(facts).map(([key, value]) => `-X ${name}.${key}=${value}`));
  return ['-s', '-w', ...definitions].join(' ');
}
