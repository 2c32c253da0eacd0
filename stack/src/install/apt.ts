import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForLock } from '../lock.ts';
import type { PartContext } from '../part.ts';
import { CommandEnded, runCommand } from '../run-command.ts';

/**
 * Unpacks Debian packages into a folder and installs nothing: no service starts, no other package comes along, root is not needed.
 * @throws when this machine's package lists do not know one.
 */
export async function aptUnpack(context: Pick<PartContext, 'progress'>, packages: readonly string[], folder: string): Promise<void> {
  context.progress(`downloading ${packages.join(', ')}`);
  const download = (): Promise<string> =>
    runCommand('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...packages], { cwd: folder });
  await download().catch(async (error) => {
    if (error instanceof CommandEnded || process.getuid?.() !== 0) throw error;
    await runCommand('apt-get', ['-q', 'update']); // Lists that are old, or were never fetched.
    await download();
  });
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.deb'))) {
    await runCommand('dpkg-deb', ['-x', join(folder, file), folder]);
    await rm(join(folder, file));
  }
}

/**
 * Installs Debian packages. @throws without root, naming the command a person can run instead.
 */
export async function aptInstall(context: Pick<PartContext, 'paths' | 'progress'>, packages: readonly string[]): Promise<void> {
  const command = `apt-get install ${packages.join(' ')}`;
  if (process.getuid?.() !== 0) throw new Error(`missing: ${packages.join(', ')}. As root: ${command}`);
  await using _turn = await waitForLock(join(context.paths.cache, 'apt.lock'), command, () => context.progress('waiting for another apt'));
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-q', '-y'];
  for (let attempt = 1; ; attempt += 1) {
    try {
      context.progress('apt-get update');
      await runCommand('apt-get', [...apt, 'update'], { env: environment });
      context.progress(command);
      await runCommand('apt-get', [...apt, 'install', '--no-install-recommends', ...packages], { env: environment });
      return;
    } catch (error) {
      // A mirror in the middle of an update answers with a checksum error for a minute or so.
      if (attempt === 3 || error instanceof CommandEnded) throw error;
      await sleep(attempt * 5000);
    }
  }
}
