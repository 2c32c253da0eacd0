import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEndpoints } from '../endpoints.ts';
import { cacheFolder, ensureCached, isCached } from '../install-cache.ts';
import type { Part } from '../part.ts';
import { PORTS } from '../ports.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { webConsoleInstall } from '../web-console/build-web-console.ts';
import { webConsoleOrigin } from '../web-console/web-console-origin.ts';

/**
 * The tenant view in a browser. Beside the cluster, not in it: there it stands behind an Ingress with a certificate (manifests/web-console.yaml), and
 * here a page without one has to be on loopback.
 */
export const webConsole: Part = {
  name: 'web-console',
  needs: ['keycloak'],
  processes: ['web-console'],
  needsRoot: false,
  address: webConsoleOrigin,
  hint: `Is something else on port ${PORTS.webConsole}? \`npm run doctor\` looks.`,
  installed: async ({ paths }) => await isCached(paths, await webConsoleInstall(paths)),
  install: async (context) => {
    context.progress('building the page');
    await ensureCached(context, await webConsoleInstall(context.paths));
  },
  start: async ({ paths }) => {
    const program = join(cacheFolder(paths, await webConsoleInstall(paths)), 'main.mjs');
    const running = await findProcess(paths, 'web-console');
    // One of earlier sources gives way.
    if (running !== undefined && !(await commandLine(running.pid)).includes(program)) await stopProcess(paths, 'web-console');
    const endpoints = await readEndpoints(paths);
    if (endpoints === undefined) throw new Error('no stack was started in this checkout: npm run stack -- up');
    await startProcess(paths, {
      name: 'web-console',
      command: process.execPath,
      args: [program],
      env: {
        HOST: '127.0.0.1',
        PORT: String(PORTS.webConsole),
        API_URL: endpoints.api.url,
        ISSUER: endpoints.keycloak.tenantsIssuer,
        ENVIRONMENT_NAME: 'This machine',
        ENVIRONMENT_KIND: 'development',
      },
    });
  },
  ready: () =>
    retryUntil('the web console does not answer', 30_000, async () => {
      const answer = await fetch(`http://127.0.0.1:${PORTS.webConsole}/readyz`, { signal: AbortSignal.timeout(5000) });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    }),
  stop: ({ paths }) => stopProcess(paths, 'web-console', { limitMs: 15_000 }),
};

async function commandLine(pid: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
}
