import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Below the folder that Electron is unpacked into. */
const PROGRAMS: Partial<Readonly<Record<NodeJS.Platform, string>>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

/**
 * Electron's program, which npm does not bring along: the package `electron` downloads it later, where it can.
 * @param folder where a person has unpacked one, instead of the package's own
 * @throws saying where it was looked for, and both ways to get one
 */
export async function electronProgram(modules: string, folder: string | undefined): Promise<string> {
  const program = join(folder ?? join(modules, 'electron', 'dist'), PROGRAMS[process.platform] ?? 'electron');
  const isThere = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (isThere) return program;
  throw new Error(
    `Electron’s program is not at ${program}: \`npx install-electron\` downloads it, or ELECTRON_OVERRIDE_DIST_PATH=FOLDER names a folder that has one`,
  );
}
