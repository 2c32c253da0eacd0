import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUNDLES_FOLDER } from './bundled-program.ts';

/** Vitest's global setup: a folder for the bundles of this run. Its files share it: each is a process of its own, and would make them anew. */
export async function setup(): Promise<void> {
  process.env[BUNDLES_FOLDER] = await mkdtemp(join(tmpdir(), 'tenantry-bundles-'));
}

/** Takes the folder away with the run. */
export async function teardown(): Promise<void> {
  await rm(process.env[BUNDLES_FOLDER] ?? '', { recursive: true, force: true });
}
