import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const program = join(root, '..', 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');

/**
 * The application as it is given out: `renderer/index.html`, `preload/index.cjs`, `main/index.js`. Made by the command that makes a release, once in
 * the folder that the files of a test run share, or in one of its own. @param place another folder for it
 */
export async function desktopBuild(place = process.env.TENANTRY_TEST_BUNDLES): Promise<string> {
  const home = place ?? (await mkdtemp(join(tmpdir(), 'tenantry-desktop-')));
  const folder = join(home, 'desktop');
  if (existsSync(folder)) return folder;
  const draft = await mkdtemp(join(home, 'draft-'));
  await run(process.execPath, [program, 'build', '--outDir', draft, '--logLevel', 'warn'], { cwd: root, maxBuffer: 10_000_000 });
  // Who comes second finds it there, and takes it.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true }));
  return folder;
}
