import { type CacheEntry, ensureCached, isCached } from '../install-cache.ts';
import type { PartContext } from '../part.ts';
import { runCommand } from '../run-command.ts';
import { aptInstall } from './apt.ts';

/** A package of PyPI with what it needs, in a folder of its own for `PYTHONPATH`: nothing is installed into the machine's Python. */
export interface PythonLibrary {
  readonly name: string;
  readonly version: string;
  /** As pip takes them, each with its exact version. */
  readonly requirements: readonly string[];
}

/** Folder of the library, installed once for this Python. */
export async function pythonLibrary(context: Pick<PartContext, 'paths' | 'progress'>, library: PythonLibrary): Promise<string> {
  const hasPip = await runCommand('python3', ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  );
  if (!hasPip) await aptInstall(context, ['python3-pip']);
  return await ensureCached(context, await entryOf(library));
}

/** True when it is there and intact. */
export async function hasPythonLibrary({ paths }: Pick<PartContext, 'paths'>, library: PythonLibrary): Promise<boolean> {
  const entry = await entryOf(library).catch(() => undefined);
  return entry !== undefined && (await isCached(paths, entry));
}

/** Compiled parts fit one Python only. @throws without Python. */
async function entryOf({ name, version, requirements }: PythonLibrary): Promise<CacheEntry> {
  const python = (await runCommand('python3', ['-c', 'import sys; print(sys.implementation.cache_tag)'])).trim();
  return {
    name,
    key: `${version}-${python}`,
    build: async (folder) => {
      const quietly = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-compile'];
      await runCommand('python3', ['-m', 'pip', 'install', ...quietly, '--target', folder, ...requirements]);
    },
  };
}
