import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment } from './environment.ts';
import { runCommand } from './run-command.ts';

const ATTEMPTS = 3;

/** apt holds one lock a machine; parts of ours that install at once wait here instead of failing there. */
let queue: Promise<unknown> = Promise.resolve();

/**
 * Installs Debian packages without questions and without recommended extras. No service is started by it where policy-rc.d forbids that;
 * elsewhere the package's own unit may start, on its default port, which is none of ours.
 * @throws naming the packages when this is not root or not Debian, or when apt fails three times.
 */
export async function ensureAptPackages(packages: readonly string[], progress: (text: string) => void): Promise<void> {
  const install = queue.then(() => installPackages(packages, progress));
  queue = install.catch(() => {});
  await install;
}

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

async function installPackages(packages: readonly string[], progress: (text: string) => void): Promise<void> {
  const list = packages.join(' ');
  if (!(await hasProgram('apt-get'))) throw new Error(`install ${list} with this system's package manager: there is no apt-get here`);
  if (process.getuid?.() !== 0) throw new Error(`installing ${list} needs root: run \`sudo apt-get install ${list}\` once`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      progress(`apt-get install ${list}`);
      await apt(['update', '-qq'], progress);
      await apt(['install', '-y', '-qq', '--no-install-recommends', ...packages], progress);
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      progress(`apt-get failed, again in ${attempt * 5} s`);
      await sleep(attempt * 5000);
    }
  }
}

async function apt(args: readonly string[], progress: (text: string) => void): Promise<void> {
  await runCommand('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3', ...args], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    onLine: (line) => progress(line.slice(0, 100)),
  });
}
