import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stackEnvironment, wholeEnvironment } from '../environment.ts';
import type { Paths } from '../paths.ts';
import { runCommand } from '../run-command.ts';
import { electronProgram } from './electron-program.ts';
import { localEnvironment } from './local-environment.ts';

/**
 * Builds the desktop application and opens it on the local platform. What it keeps lies in the run folder, and goes with it.
 * @returns its exit code, once the person has closed it
 * @throws before it builds anything when there is no Electron to open it with, or no platform
 */
export async function runDesktop(paths: Paths, say: (text: string) => void): Promise<number> {
  const home = join(paths.run, 'desktop');
  const modules = join(paths.root, 'node_modules');
  const electron = await electronProgram(modules, stackEnvironment().electronFolder);
  const environment = await localEnvironment(paths);
  // Electron's folder of this user's data: the application's name below XDG_CONFIG_HOME.
  await mkdir(join(home, 'Tenantry'), { recursive: true, mode: 0o700 });
  await writeFile(
    join(home, 'Tenantry', 'environments.json'),
    `${JSON.stringify({ current: environment.id, environments: [environment] }, null, 2)}\n`,
    { mode: 0o600 },
  );
  const folder = join(paths.root, 'desktop');
  say('building the desktop application');
  await runCommand(process.execPath, [join(modules, 'electron-vite', 'bin', 'electron-vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: folder,
  });
  // Chromium's sandbox does not start for root.
  const flags = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(electron, [folder, ...flags], { stdio: 'inherit', env: wholeEnvironment({ XDG_CONFIG_HOME: home }) });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
