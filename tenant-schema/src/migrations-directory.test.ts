import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { latestVersion } from './migration-files.ts';
import { migrationsDirectory } from './migrations-directory.ts';

let image: string;
beforeEach(() => {
  image = mkdtempSync(join(tmpdir(), 'tenantry-image-'));
});
afterEach(() => rmSync(image, { recursive: true }));

/** A bundle of this package as the images make it, run by the Node of the tests. */
async function runBundle(): Promise<string> {
  await build({
    stdin: {
      contents: `import { latestVersion, migrationsDirectory } from './index.ts'; console.log(migrationsDirectory(), latestVersion('tenant'));`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    external: ['pg-native'],
    outfile: join(image, 'main.mjs'),
    logLevel: 'silent',
  });
  return execFileSync(process.execPath, [join(image, 'main.mjs')], { encoding: 'utf8', stdio: 'pipe' }).trim();
}

describe('migrationsDirectory', () => {
  it('is beside src in a checkout', () => {
    expect(migrationsDirectory()).toBe(fileURLToPath(new URL('../migrations/', import.meta.url)));
  });

  it('is beside the bundle in an image', async () => {
    cpSync(migrationsDirectory(), join(image, 'migrations'), { recursive: true });
    expect(await runBundle()).toBe(`${join(image, 'migrations')}/ ${latestVersion('tenant')}`);
  });

  it('says where it looked when an image was built without the files', async () => {
    await expect(runBundle()).rejects.toThrow(`No SQL migrations in ${image}/migrations/ or `);
  });
});
