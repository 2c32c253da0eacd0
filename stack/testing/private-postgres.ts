import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCached } from '../src/install-cache.ts';
import { pathsIn, stackPaths } from '../src/paths.ts';
import { ensureLocalPki, type KeyPair } from '../src/pki.ts';
import { initialiseCluster, postgresInstall, serverCommand } from '../src/postgres/postgres-server.ts';
import type { PostgresAccess } from '../src/postgres/prepare-postgres.ts';
import { freePort } from './free-port.ts';
import { type PrivatePostgresServer, privatePostgresServer } from './private-postgres-server.ts';

export type { PostgresEnd } from './private-postgres-server.ts';

/** A PostgreSQL of a test's own, set up as the platform's: for tests that stop it. */
export interface PrivatePostgres extends PrivatePostgresServer, AsyncDisposable {
  /** The administrator's way in; the same after every restart. */
  readonly access: PostgresAccess;
  /** For a replica of it. */
  readonly place: PostgresPlace;
}

/** Where a private server's programs and data are, and what it shows who connects. */
export interface PostgresPlace {
  readonly binaries: string;
  readonly data: string;
  readonly certificate: KeyPair;
}

/** Takes about 3 s, most of it for an empty cluster. */
export async function privatePostgres(): Promise<PrivatePostgres> {
  const stack = stackPaths();
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-postgres-'));
  const paths = pathsIn(stack.root, folder, stack.cache);
  const binaries = join(await ensureCached({ paths, progress: () => {} }, postgresInstall), 'bin');
  const pki = await ensureLocalPki(paths, '127.0.0.1');
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  const [data, port] = [join(folder, 'data'), await freePort()];
  await initialiseCluster({ binaries, folder: data, administrator: 'platform_admin', passwordFile });
  const access: PostgresAccess = { host: '127.0.0.1', port, user: 'platform_admin', password, ca: await readFile(pki.ca, 'utf8') };
  const place = { binaries, data, certificate: pki.postgres };
  const command = await serverCommand({ ...place, folder: data, addresses: ['127.0.0.1'], port });
  const server = privatePostgresServer(command, join(folder, 'postgres.log'), access);
  const dispose = async (): Promise<void> => {
    await server.end('immediate');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { ...server, access, place, [Symbol.asyncDispose]: dispose };
}
