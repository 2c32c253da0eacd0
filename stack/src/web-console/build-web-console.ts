import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash } from '../content-hash.ts';
import type { CacheEntry } from '../install-cache.ts';
import type { Paths } from '../paths.ts';
import { runCommand } from '../run-command.ts';

/** Makes the web console of a checkout in a folder, by the commands that make a release: `main.mjs`, and beside it the page. */
export async function buildWebConsole(root: string, folder: string): Promise<void> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const build = (...args: string[]): Promise<string> =>
    runCommand(process.execPath, [vite, 'build', '--config', 'web-console.vite.config.ts', '--logLevel', 'warn', ...args], {
      cwd: join(root, 'desktop'),
    });
  await build('--outDir', join(folder, 'page'));
  await build('--ssr', '--outDir', folder);
}

/** The same as an entry of the cache: it is made anew when a source of it changed. */
export async function webConsoleInstall({ root }: Pick<Paths, 'root'>): Promise<CacheEntry> {
  const beside = (await readdir(join(root, 'desktop'))).filter((name) => name.endsWith('.ts')).sort();
  const sources = await Promise.all([
    contentHash(join(root, 'contracts', 'src'), []),
    ...['package-lock.json', ...beside.map((name) => join('desktop', name))].map((file) => readFile(join(root, file), 'utf8')),
  ]);
  return {
    name: 'web-console',
    key: await contentHash(join(root, 'desktop', 'src'), sources),
    build: (folder) => buildWebConsole(root, folder),
  };
}
