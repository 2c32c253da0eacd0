import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readWindowState, writeWindowState } from './window-state.ts';

const screen = { x: 0, y: 0, width: 1920, height: 1080 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-state-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('opens the window where it was, unless that screen is gone', async () => {
  const file = join(folder, 'window.json');
  const state = { x: 1400, y: 100, width: 800, height: 600, maximized: true };
  await writeWindowState(file, state);
  expect(await readWindowState(file, [screen])).toEqual(state);
  const { x: _x, y: _y, ...size } = state;
  expect(await readWindowState(file, [{ ...screen, width: 1280 }])).toEqual(size);
  expect(await readWindowState(file, [])).toEqual(size);
});

it('opens it as the first time when the file is missing or broken', async () => {
  const file = join(folder, 'broken.json');
  await writeFile(file, '{"width": -1');
  const first = { width: 1280, height: 840, maximized: false };
  expect(await readWindowState(file, [screen])).toEqual(first);
  expect(await readWindowState(join(folder, 'missing.json'), [screen])).toEqual(first);
});
