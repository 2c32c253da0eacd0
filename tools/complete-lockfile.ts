import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The part of package-lock.json (version 3) that matters here. */
export interface Lockfile {
  readonly packages: Record<string, LockedPackage>;
}

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32'];
/** Names of processors that carry their calling convention. */
const VARIANTS: Readonly<Record<string, string>> = { 'arm-gnueabihf': 'arm', 'arm-musleabihf': 'arm', 'arm-eabi': 'arm' };

/**
 * Adds what `npm ci` asks for and some registries do not carry: prebuilt binaries of other platforms, which are optional dependencies and are
 * never fetched here. Without them `npm ci` calls the lockfile out of step. Returns how many entries were added; a name that tells no
 * platform is left out.
 */
export function completeLockfile(lock: Lockfile): number {
  let added = 0;
  for (const [path, owner] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      if (isLocked(lock, path, name)) continue;
      const platform = platformOf(name);
      if (platform === undefined || !/^\d+\.\d+\.\d+/.test(version)) continue;
      lock.packages[`node_modules/${name}`] = { version, ...platform, optional: true };
      added += 1;
    }
  }
  return added;
}

/** Node's own look-up: beside the package that asks, then in each folder above. */
function isLocked(lock: Lockfile, from: string, name: string): boolean {
  const folders = from.split('node_modules/').map((_, depth, parts) => parts.slice(0, depth + 1).join('node_modules/'));
  return ['', ...folders].some((folder) => lock.packages[`${folder.replace(/([^/])$/, '$1/')}node_modules/${name}`] !== undefined);
}

function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> | undefined {
  const plain = Object.entries(VARIANTS).reduce((text, [variant, cpu]) => text.replace(variant, cpu), name);
  const words = plain.split(/[-/]/);
  const os = words.find((word) => SYSTEMS.includes(word));
  const cpu = words.findLast((word) => PROCESSORS.includes(word));
  if (cpu === undefined) return undefined;
  return { ...(os ? { os: [os] } : {}), cpu: [cpu], ...(name.includes('musl') ? { libc: ['musl'] } : {}) };
}

if (import.meta.main) {
  const file = join(resolve(import.meta.dirname, '..'), 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
  const added = completeLockfile(lock);
  const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
  console.log(`${added} packages of other platforms added to package-lock.json`);
}
