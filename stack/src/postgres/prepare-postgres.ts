import pg from 'pg';
import { LOCAL_CELL } from '../local-cell.ts';

/** An administrator's way in. */
export interface PostgresAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** PEM of the CA that signed the server's certificate. */
  readonly ca: string;
}

/** Runs `use` with a connection to the database and closes it. */
export async function withPostgres<T>(access: PostgresAccess, database: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const { ca, ...where } = access;
  const client = new pg.Client({ ...where, database, ssl: { ca }, connectionTimeoutMillis: 5000, application_name: 'tenantry-stack' });
  client.on('error', () => {}); // A server that stops says so on idle connections; the query in flight rejects by itself.
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Checks that the server compares letters rightly and makes what its neighbours need: Keycloak's database and the local cell's, still empty.
 * @throws when the cluster has the wrong ctype.
 */
export async function preparePostgres(access: PostgresAccess, keycloakPassword: string): Promise<void> {
  await withPostgres(access, 'postgres', async (client) => {
    await checkLetters(client);
    await ensureRole(client, 'keycloak', keycloakPassword);
    await ensureDatabase(client, 'keycloak', 'keycloak');
    await ensureDatabase(client, LOCAL_CELL.database, access.user);
  });
}

async function checkLetters(client: pg.Client): Promise<void> {
  await client.query('begin');
  await client.query('create schema letter_check');
  await client.query('create extension pg_trgm schema letter_check');
  const { rows } = await client.query<{ lower: string; trigrams: number }>(
    `select lower('MÜLLER') as lower, cardinality(letter_check.show_trgm('田中太郎')) as trigrams`,
  );
  await client.query('rollback');
  const found = rows[0];
  if (found?.lower !== 'müller' || found.trigrams === 0) {
    throw new Error(
      `PostgreSQL lowers MÜLLER to ${found?.lower} and sees ${found?.trigrams} trigrams in 田中太郎: its ctype must be C.UTF-8`,
    );
  }
}

async function ensureRole(client: pg.Client, name: string, password: string): Promise<void> {
  const found = await client.query('select from pg_roles where rolname = $1', [name]);
  const verb = found.rowCount === 0 ? 'create' : 'alter';
  await client.query(`${verb} role ${client.escapeIdentifier(name)} login password ${client.escapeLiteral(password)}`);
}

async function ensureDatabase(client: pg.Client, name: string, owner: string): Promise<void> {
  const found = await client.query('select from pg_database where datname = $1', [name]);
  if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)} owner ${client.escapeIdentifier(owner)}`);
  await client.query(`revoke all on database ${client.escapeIdentifier(name)} from public`);
}
