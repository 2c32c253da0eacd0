import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stackEnvironment } from './environment.ts';

/** Every folder the stack writes to. All absolute. */
export interface Paths {
  /** The checkout. */
  readonly root: string;
  /** Run state of this checkout; removing it while stopped is a reset. */
  readonly run: string;
  readonly logs: string;
  readonly pids: string;
  readonly data: string;
  readonly pki: string;
  /** One file per secret, mode 0600. */
  readonly secrets: string;
  /** Installs, shared by all checkouts of this user. */
  readonly cache: string;
  /** What runs where, for tests and tools. Holds file names of secrets, never secrets. */
  readonly endpoints: string;
}

/** Paths of this checkout. */
export function stackPaths(): Paths {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
  const environment = stackEnvironment();
  return pathsIn(root, environment.runFolder ?? join(root, '.run'), environment.cacheFolder);
}

/** Paths with run state and cache elsewhere; tests use it with temporary folders. */
export function pathsIn(root: string, run: string, cache: string): Paths {
  return {
    root,
    run,
    logs: join(run, 'logs'),
    pids: join(run, 'pids'),
    data: join(run, 'data'),
    pki: join(run, 'pki'),
    secrets: join(run, 'secrets'),
    cache,
    endpoints: join(run, 'endpoints.json'),
  };
}

/** Makes the folders. Run state is private: it holds keys and passwords. */
export async function makeFolders(paths: Paths): Promise<void> {
  await mkdir(paths.run, { recursive: true, mode: 0o700 });
  for (const folder of [paths.logs, paths.pids, paths.data, paths.pki, paths.secrets])
    await mkdir(folder, { recursive: true, mode: 0o700 });
  await mkdir(paths.cache, { recursive: true });
}
