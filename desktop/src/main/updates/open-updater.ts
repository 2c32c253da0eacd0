import { AppImageUpdater, MacUpdater, NsisUpdater } from 'electron-updater';
import type { Updater } from '../electron-port.ts';
import { safeUpdater } from './safe-updater.ts';

/** The library of this system's packages. Imported when something is looked for: a start does not read it. */
export function openUpdater(address: string): Updater {
  return safeUpdater({ library: libraryOf(process.platform), address });
}

function libraryOf(platform: NodeJS.Platform): AppImageUpdater | MacUpdater | NsisUpdater {
  if (platform === 'win32') return new NsisUpdater();
  return platform === 'darwin' ? new MacUpdater() : new AppImageUpdater();
}
