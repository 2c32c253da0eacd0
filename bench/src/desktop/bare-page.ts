import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Puts the reference beside our page, so that both are served, trusted and answered alike. @param pageFolder of the built page */
export async function addBarePage(pageFolder: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'bare-table.tsx')],
    outfile: join(pageFolder, 'assets', 'bare-table.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    jsx: 'automatic',
    target: 'es2024',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  });
  await writeFile(
    join(pageFolder, 'bare.html'),
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bare table</title><script type="module" src="./assets/bare-table.js"></script></head><body><div id="app"></div></body></html>',
  );
}

/** Address of the reference. @param from a path of the tenant's api, or `tenants` for the live list */
export function barePath(from: string, columns: readonly string[], rows: number): string {
  return `/bare.html?${new URLSearchParams({ from, columns: columns.join(), rows: String(rows) })}`;
}
