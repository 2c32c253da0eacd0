import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ensureCached } from '@tenantry/stack/install-cache.ts';
import { ensureClient } from '@tenantry/stack/keycloak/realm-objects.ts';
import { REALMS, webConsoleClient } from '@tenantry/stack/keycloak/realms.ts';
import { stackContext } from '@tenantry/stack/local-stack.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { webConsoleInstall } from '@tenantry/stack/web-console/build-web-console.ts';

/** A web console of the checkout's sources, beside the platform's own: a process, and a client of the identity provider, of its own. */
export interface WebConsole extends AsyncDisposable {
  readonly origin: string;
  /** Folder of the built page. */
  readonly pageFolder: string;
}

export async function webConsole(): Promise<WebConsole> {
  const stack = await runningStack('keycloak', 'chromium');
  const { paths } = stackContext();
  const folder = await ensureCached({ paths, progress: () => {} }, await webConsoleInstall(paths));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const clientId = `tenantry-web-console-${port}`;
  const { admin } = stack.keycloak;
  const client = await ensureClient(admin, REALMS.tenantry, webConsoleClient(origin, clientId));
  const server = spawn(process.execPath, [join(folder, 'main.mjs')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      HOST: '127.0.0.1',
      PORT: String(port),
      API_URL: stack.apiUrl,
      ISSUER: stack.keycloak.tenants.url,
      CLIENT_ID: clientId,
      ENVIRONMENT_NAME: 'Under test',
      ENVIRONMENT_KIND: 'development',
    },
  });
  const close = async (): Promise<void> => {
    await end(server);
    await admin.remove(`/${REALMS.tenantry}/clients/${client}`);
  };
  try {
    await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
      if (!answer.ok) throw new Error(`the web console answers ${answer.status}`);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { origin, pageFolder: join(folder, 'page'), [Symbol.asyncDispose]: close };
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  await ended;
}
