import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCached, isCached } from '../install-cache.ts';
import type { Part, PartContext } from '../part.ts';
import { ensureLocalPki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { initialiseCluster, postgresInstall, serverCommand } from '../postgres/postgres-server.ts';
import { type PostgresAccess, preparePostgres, withPostgres } from '../postgres/prepare-postgres.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { runCommand } from '../run-command.ts';
import { SECRETS, secret, secretFile } from '../secrets.ts';
import { VERSIONS } from '../versions.ts';

/** The administrator of the local server. Only the stack uses it: the platform's own logins are made by the cell's bootstrap. */
export const POSTGRES_ADMIN = 'platform_admin';

/** PostgreSQL 18 from npm, TLS on, with `fsync` as in production: tests of crashes mean something. */
export const postgres: Part = {
  name: 'postgres',
  needs: ['network'],
  processes: ['postgres'],
  needsRoot: false,
  address: (context) => `${context.nodeAddress}:${PORTS.postgres}`,
  hint: `Is something else on port ${PORTS.postgres}, or is the disk full? \`npm run doctor\` looks. \`npm run reset\` begins with empty data.`,
  installed: async (context) => await isCached(context.paths, postgresInstall),
  install: async (context) => void (await ensureCached(context, postgresInstall)),
  start: async (context) => {
    const binaries = join(await ensureCached(context, postgresInstall), 'bin');
    await initialise(context, binaries);
    const [command = '', ...args] = await serverCommand({
      binaries,
      folder: dataFolder(context),
      addresses: [context.nodeAddress, '127.0.0.1'],
      port: PORTS.postgres,
      certificate: (await ensureLocalPki(context.paths, context.nodeAddress)).postgres,
    });
    await startProcess(context.paths, { name: 'postgres', command, args });
  },
  ready: async (context) => {
    const access = await adminAccess(context);
    await retryUntil('PostgreSQL does not answer', 120_000, () =>
      withPostgres(access, 'postgres', async (client) => client.query('select 1')),
    );
    await preparePostgres(access, await secret(context.paths, SECRETS.postgresKeycloak));
  },
  // SIGINT is PostgreSQL's fast shutdown: sessions end, a checkpoint is written. SIGTERM would wait for every session to leave.
  stop: async (context) => await stopProcess(context.paths, 'postgres', { signal: 'SIGINT', limitMs: 60_000 }),
};

/** How the stack's administrator reaches the server. */
export async function adminAccess(context: Pick<PartContext, 'paths' | 'nodeAddress'>): Promise<PostgresAccess> {
  const pki = await ensureLocalPki(context.paths, context.nodeAddress);
  return {
    host: context.nodeAddress,
    port: PORTS.postgres,
    user: POSTGRES_ADMIN,
    password: await secret(context.paths, SECRETS.postgresAdmin),
    ca: await readFile(pki.ca, 'utf8'),
  };
}

function dataFolder(context: PartContext): string {
  return join(context.paths.data, 'postgres');
}

async function initialise(context: PartContext, binaries: string): Promise<void> {
  const folder = dataFolder(context);
  const major = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => undefined);
  const wanted = VERSIONS.postgres.split('.')[0];
  if (major?.trim() === wanted) return;
  if (major !== undefined) throw new Error(`${folder} is of PostgreSQL ${major.trim()}, this is ${wanted}: run \`npm run reset\``);
  context.progress('making the database cluster');
  await secret(context.paths, SECRETS.postgresAdmin);
  await initialiseCluster({
    binaries,
    folder,
    administrator: POSTGRES_ADMIN,
    passwordFile: secretFile(context.paths, SECRETS.postgresAdmin),
  });
  // initdb did not: a machine that loses power in the next minutes must not come back with half a cluster.
  await runCommand('sync', ['--file-system', folder]);
}
