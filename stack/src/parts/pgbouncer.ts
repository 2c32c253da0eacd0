import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptUnpack } from '../install/apt.ts';
import { type CacheEntry, ensureCached, isCached } from '../install-cache.ts';
import { LOCAL_CELL } from '../local-cell.ts';
import type { Part, PartContext } from '../part.ts';
import { ensureLocalPki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { asOrdinaryUser } from '../postgres/ordinary-user.ts';
import { withPostgres } from '../postgres/prepare-postgres.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { SECRETS, secret } from '../secrets.ts';
import { RECIPES } from '../versions.ts';
import { adminAccess, POSTGRES_ADMIN } from './postgres.ts';

/**
 * PgBouncer in transaction mode before PostgreSQL, TLS on both sides, for every database and every login of it: a login's SCRAM verifier is
 * asked from the server, and the same proof opens the server. Debian's 1.18 knows no prepared statements (`POSTGRES_NAMED_STATEMENTS=off`), and
 * LISTEN does not work through it: the registry goes straight to PostgreSQL.
 */
export const pgbouncer: Part = {
  name: 'pgbouncer',
  needs: ['postgres'],
  processes: ['pgbouncer'],
  needsRoot: false,
  forTests: true,
  address: (context) => `${context.nodeAddress}:${PORTS.pgbouncer}`,
  hint: `Is something else on port ${PORTS.pgbouncer}? \`npm run doctor\` looks.`,
  installed: ({ paths }) => isCached(paths, pgbouncerInstall),
  install: async (context) => void (await ensureCached(context, pgbouncerInstall)),
  start: async (context) => {
    if (await findProcess(context.paths, 'pgbouncer')) return;
    const installed = await ensureCached(context, pgbouncerInstall);
    const [command = '', ...args] = asOrdinaryUser([join(installed, 'usr', 'sbin', 'pgbouncer'), await configure(context)]);
    const libraries = join(installed, 'usr', 'lib', 'x86_64-linux-gnu');
    await startProcess(context.paths, { name: 'pgbouncer', command, args, env: { LD_LIBRARY_PATH: libraries } });
  },
  ready: async (context) => {
    const access = { ...(await adminAccess(context)), port: PORTS.pgbouncer };
    await retryUntil('PgBouncer does not answer', 30_000, () =>
      withPostgres(access, LOCAL_CELL.database, async (client) => client.query('select 1')),
    );
  },
  // SIGINT lets transactions end and then leaves; SIGTERM would leave at once.
  stop: ({ paths }) => stopProcess(paths, 'pgbouncer', { signal: 'SIGINT' }),
};

/** Unpacked into the cache, not installed: the Debian package would start a service and bring postgresql-common along. */
const pgbouncerInstall: CacheEntry = {
  name: 'pgbouncer',
  key: `1.18-${RECIPES.pgbouncer}`,
  build: (folder, progress) => aptUnpack({ progress }, ['pgbouncer', 'libc-ares2', 'libevent-2.1-7'], folder),
};

async function configure(context: PartContext): Promise<string> {
  const { paths, nodeAddress } = context;
  const folder = join(paths.data, 'pgbouncer');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pki = await ensureLocalPki(paths, nodeAddress);
  const users = join(folder, 'users.txt');
  await writeFile(users, `"${POSTGRES_ADMIN}" "${await secret(paths, SECRETS.postgresAdmin)}"\n`, { mode: 0o600 });
  const settings = {
    listen_addr: [...new Set([nodeAddress, '127.0.0.1'])].join(','),
    listen_port: PORTS.pgbouncer,
    unix_socket_dir: '',
    pool_mode: 'transaction',
    default_pool_size: 10,
    max_client_conn: 500,
    auth_type: 'scram-sha-256',
    auth_file: users,
    auth_user: POSTGRES_ADMIN,
    // Superusers only may read verifiers. In production a function of the administrator's does it (PgBouncer manual, auth_query).
    auth_query: 'select rolname, rolpassword from pg_catalog.pg_authid where rolname = $1 and rolcanlogin',
    client_tls_sslmode: 'require',
    client_tls_cert_file: pki.pgbouncer.certificate,
    client_tls_key_file: pki.pgbouncer.key,
    client_tls_protocols: 'tlsv1.3',
    server_tls_sslmode: 'verify-full',
    server_tls_ca_file: pki.ca,
    server_tls_protocols: 'tlsv1.3',
    ignore_startup_parameters: 'extra_float_digits',
    logfile: '',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, ['[databases]', `* = host=${nodeAddress} port=${PORTS.postgres}`, '[pgbouncer]', ...lines, ''].join('\n'), {
    mode: 0o600,
  });
  return file;
}
