import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As much of package-lock.json (version 3) as is read here. */
export interface Lockfile {
  readonly packages: Record<string, LockedPackage>;
}

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** `@scope/name-linux-x64-musl` → what npm calls os, cpu and libc. */
const PLATFORM = /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(-[a-z]+)?$/;

/**
 * Entries that `npm ci` wants and `npm install` left out: it drops a platform's optional package from the lockfile when the registry it asked
 * does not carry it, and `npm ci` then refuses the whole lockfile, on every machine. They are for other platforms, so nothing is fetched.
 * @throws naming a package whose platform its name does not say.
 */
export function missingEntries(lockfile: Lockfile): Record<string, LockedPackage> {
  const missing: Record<string, LockedPackage> = {};
  for (const [path, { optionalDependencies = {} }] of Object.entries(lockfile.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isLocked(lockfile, path, name)) continue;
      const [, os, cpu, abi = ''] = PLATFORM.exec(name) ?? [];
      if (os === undefined || cpu === undefined) throw new Error(`${name} ${version}, wanted by ${path}, is not in the lockfile`);
      const libc = os === 'linux' ? { libc: [abi.includes('musl') ? 'musl' : 'glibc'] } : {};
      missing[`node_modules/${name}`] = { version, cpu: [cpu], ...libc, optional: true, os: [os] };
    }
  }
  return missing;
}

/** npm looks beside the package that wants it, then in each folder above. */
function isLocked(lockfile: Lockfile, from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (lockfile.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

if (import.meta.main) {
  const file = join(import.meta.dirname, '..', '..', 'package-lock.json');
  const lockfile = JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
  const missing = missingEntries(lockfile);
  const names = Object.keys(missing);
  if (names.length > 0 && process.argv.includes('--fix')) {
    const [root, ...others] = Object.entries({ ...lockfile.packages, ...missing });
    const sorted = others.sort(([one], [other]) => (one < other ? -1 : 1));
    writeFileSync(file, `${JSON.stringify({ ...lockfile, packages: Object.fromEntries(root ? [root, ...sorted] : sorted) }, null, 2)}\n`);
  } else if (names.length > 0) {
    console.error(`package-lock.json lacks ${names.length} packages of other platforms, so \`npm ci\` refuses it: ${names.join(', ')}`);
    console.error('add them: node tools/check/lockfile-is-complete.ts --fix');
    process.exitCode = 1;
  }
}
