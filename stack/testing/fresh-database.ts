import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { withPostgres } from '../src/postgres/prepare-postgres.ts';
import { runningStack } from './running-stack.ts';

/** A database of one test file, on the running server. */
export interface FreshDatabase extends AsyncDisposable {
  readonly name: string;
  /** A cell's name nobody else uses: role names are server-wide and carry it, so tests do not meet. */
  readonly cell: string;
  /** Settings of a connection; without a login it is the administrator's. */
  readonly settings: (login?: { readonly user: string; readonly password: string }) => pg.ClientConfig;
  /** Opens a connection; all are closed with the database. */
  readonly connect: (login?: { readonly user: string; readonly password: string }) => Promise<pg.Client>;
  /** Drops the database with everyone in it, and the roles that carry its cell's name. */
  readonly drop: () => Promise<void>;
}

const PREFIX = 'test_';

/** Older ones belong to a run that was killed. */
const LEFTOVER_AFTER_MS = 2 * 3_600_000;

/** Makes an empty database. In a test file: `beforeAll` makes it, `afterAll` drops it, or `await using`. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { postgres: access } = await runningStack('postgres');
  const name = `${PREFIX}${Date.now().toString(36)}_${randomBytes(4).toString('hex')}`;
  const cell = `t${randomBytes(4).toString('hex')}`;
  await withPostgres(access, 'postgres', async (client) => {
    await dropLeftovers(client);
    await client.query(`create database ${name}`);
  });
  const clients: pg.Client[] = [];
  const settings: FreshDatabase['settings'] = (login) => ({
    host: access.host,
    port: access.port,
    database: name,
    user: login?.user ?? access.user,
    password: login?.password ?? access.password,
    ssl: { ca: access.ca },
  });
  const connect: FreshDatabase['connect'] = async (login) => {
    const client = new pg.Client(settings(login));
    client.on('error', () => {}); // Dropping the database ends connections that a test left open.
    await client.connect();
    clients.push(client);
    return client;
  };
  const drop = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    await withPostgres(access, 'postgres', async (client) => {
      await client.query(`drop database if exists ${name} with (force)`);
      await dropRoles(client, cell);
    });
  };
  return { name, cell, settings, connect, drop, [Symbol.asyncDispose]: drop };
}

async function dropLeftovers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select datname as name from pg_database where starts_with(datname, $1)', [PREFIX]);
  for (const { name } of rows) {
    const madeAt = Number.parseInt(name.slice(PREFIX.length).split('_')[0] ?? '', 36);
    if (Date.now() - madeAt > LEFTOVER_AFTER_MS)
      await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
  }
}

async function dropRoles(client: pg.Client, cell: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select rolname as name from pg_roles where rolname like '%@' || $1 or rolname like '%@' || $1 || '$%'`,
    [cell],
  );
  // In one statement: the operator gave the others their memberships, and such roles cannot go one by one.
  if (rows.length > 0) await client.query(`drop role ${rows.map(({ name }) => client.escapeIdentifier(name)).join(', ')}`);
}
