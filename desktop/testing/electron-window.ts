import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import type { Environment } from '../src/platform/environment.ts';
import { desktopBuild } from './desktop-build.ts';

/** The built application in Electron itself. */
export interface ElectronWindow extends AsyncDisposable {
  readonly application: ElectronApplication;
  readonly page: Page;
}

const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(import.meta.dirname, '../../node_modules/electron/dist');
const binary = join(folder, 'electron');

/** What this machine lacks to open {@link electronWindow}; undefined when it has everything. */
export function electronLacks(): string | undefined {
  if (process.platform !== 'linux') return 'it is written for Linux, where XDG_CONFIG_HOME names the user’s folder';
  if (!existsSync(binary)) return `Electron’s binary is not in ${folder}; ELECTRON_OVERRIDE_DIST_PATH names a folder that has it`;
  if ((process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY ?? '') === '') return 'a display: run it below xvfb-run';
  return undefined;
}

export async function electronWindow(environment: Environment): Promise<ElectronWindow> {
  const home = await mkdtemp(join(tmpdir(), 'tenantry-electron-'));
  const program = join(home, 'program');
  await cp(await desktopBuild(), program, { recursive: true });
  const manifest = { name: 'tenantry', productName: 'Tenantry', version: '0.0.0', type: 'module', main: './main/index.js' };
  await writeFile(join(program, 'package.json'), JSON.stringify(manifest));
  await mkdir(join(home, 'Tenantry'));
  await writeFile(join(home, 'Tenantry', 'environments.json'), JSON.stringify({ environments: [environment], current: environment.id }));
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const application = await _electron.launch({
    executablePath: binary,
    // Chromium's sandbox does not start for root.
    args: [program, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    env: { ...Object.fromEntries(kept), XDG_CONFIG_HOME: home },
  });
  return {
    application,
    page: await application.firstWindow(),
    [Symbol.asyncDispose]: async () => {
      await application.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
