import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureCached } from '@tenantry/stack/install-cache.ts';
import { stackContext } from '@tenantry/stack/local-stack.ts';

const run = promisify(execFile);
const PEERS = join(import.meta.dirname, '../../../peers');

/**
 * The folder of a peer, installed from its own lockfile the first time (2 minutes). `key` changes with whatever its installation is made of; no install
 * script runs, and what `adjust` does to the result is told in bench/README.md.
 */
export async function installPeer(
  name: string,
  key: string,
  say: (line: string) => void,
  adjust: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  return await ensureCached(
    { ...stackContext(), progress: say },
    {
      name: `bench-${name}`,
      key,
      build: async (target, progress) => {
        progress(`installing ${name}`);
        await cp(join(PEERS, name), target, { recursive: true });
        // With the whole environment: npm finds its registry there.
        await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: target });
        await adjust(target);
      },
    },
  );
}
