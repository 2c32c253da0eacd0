import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { electronProgram } from './electron-program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-electron-'));
  await mkdir(join(folder, 'own'));
  await writeFile(join(folder, 'own', 'electron'), '', { mode: 0o755 });
});
afterAll(() => rm(folder, { recursive: true }));

it.runIf(process.platform === 'linux')('is the one in the folder that a person names, else the one of the package', async () => {
  expect(await electronProgram(folder, join(folder, 'own'))).toBe(join(folder, 'own', 'electron'));
  await mkdir(join(folder, 'electron', 'dist'), { recursive: true });
  await writeFile(join(folder, 'electron', 'dist', 'electron'), '', { mode: 0o755 });
  expect(await electronProgram(folder, undefined)).toBe(join(folder, 'electron', 'dist', 'electron'));
});

it('where there is none, one line says where it was looked for and how to get it', async () => {
  const failure = await electronProgram(folder, join(folder, 'elsewhere')).catch((error: Error) => error.message);
  expect(failure).toMatch(/^Electron’s program is not at .*elsewhere.*install-electron.*ELECTRON_OVERRIDE_DIST_PATH=FOLDER[^\n]*$/);
});
