import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForLock } from '../lock.ts';
import type { PartContext } from '../part.ts';
import { CommandEnded, runCommand } from '../run-command.ts';

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
