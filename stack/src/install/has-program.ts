import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanEnvironment } from '../environment.ts';

/** True when a program of this name is on the PATH or where Debian keeps administrators' programs. */
export async function hasProgram(name: string): Promise<boolean> {
  const folders = [...(cleanEnvironment().PATH ?? '').split(':'), '/usr/sbin', '/sbin'].filter((folder) => folder !== '');
  for (const folder of folders) {
    const found = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
