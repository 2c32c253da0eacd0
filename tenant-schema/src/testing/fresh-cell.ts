import { randomBytes } from 'node:crypto';
import { type CellLogins, cellLogins } from '@tenantry/contracts';
import pg from 'pg';
import { bootstrapCell, type CellLogin } from '../bootstrap-cell.ts';
import { migrateCell } from '../migrate-cell.ts';

/** A server, and the administrator's way in. */
export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** PEM of the CA, for a server with TLS. */
  readonly ca?: string;
}

/** A cell of one test file's own: role names are server-wide, so its name is as fresh as its database. */
export interface FreshCell {
  readonly cell: string;
  readonly database: string;
  readonly logins: CellLogins;
  readonly passwords: Readonly<Record<CellLogin, string>>;
  /** A new connection; closed with the cell at the latest. */
  readonly connect: (user: string, password: string, otherDatabase?: string) => Promise<pg.Client>;
  readonly connectAs: (login: CellLogin) => Promise<pg.Client>;
  readonly connectAsAdmin: () => Promise<pg.Client>;
  /** Closes what was opened and leaves neither database nor roles. */
  readonly drop: () => Promise<void>;
}

/** A bootstrapped cell with the newest cell migrations; `until: 'created'` stops at the empty database. */
export async function freshCell(server: TestServer, until: 'created' | 'bootstrapped' | 'migrated' = 'migrated'): Promise<FreshCell> {
  const cell = `x${randomBytes(5).toString('hex')}`;
  // The form of stack/testing/fresh-database.ts, which sweeps up after runs that were killed.
  const database = `test_${Date.now().toString(36)}_${cell}`;
  const logins = cellLogins(cell);
  const passwords = {
    operator: `operator-${cell}`,
    api: `api-${cell}`,
    registry: `registry-${cell}`,
    relay: `relay-${cell}`,
    jobs: `jobs-${cell}`,
    projector: `projector-${cell}`,
    sender: `sender-${cell}`,
  };
  const open: pg.Client[] = [];
  const { ca, user: adminUser, password: adminPassword, ...where } = server;

  async function connectTo(name: string, user: string, password: string): Promise<pg.Client> {
    const client = new pg.Client({
      ...where,
      database: name,
      user,
      password,
      ...(ca === undefined ? {} : { ssl: { ca, host: where.host } }),
    });
    client.on('error', () => {}); // Tests kill connections; the query in flight rejects by itself.
    await client.connect();
    open.push(client);
    return client;
  }

  const root = await connectTo('postgres', adminUser, adminPassword);
  await root.query(`create database ${database}`);
  const fresh: FreshCell = {
    cell,
    database,
    logins,
    passwords,
    connect: (user, password, otherDatabase = database) => connectTo(otherDatabase, user, password),
    connectAs: (login) => connectTo(database, logins[login], passwords[login]),
    connectAsAdmin: () => connectTo(database, adminUser, adminPassword),
    drop: async () => {
      await root.query(`drop database ${database} with (force)`);
      const roles = await root.query<{ name: string }>(
        'select rolname as name from pg_roles where split_part(split_part(rolname, $1, 2), $2, 1) = $3',
        ['@', '$', cell],
      );
      // Some hundreds at a time: each takes locks, and their table has an end. The cell's own roles last and in one statement: the operator gave
      // memberships to all others, and such roles cannot go before them.
      const names = roles.rows.map(({ name }) => name);
      const tenants = names.filter((name) => name.startsWith('t_'));
      const chunks = Array.from({ length: Math.ceil(tenants.length / 500) }, (_, at) => tenants.slice(at * 500, (at + 1) * 500));
      for (const chunk of [...chunks, names.filter((name) => !name.startsWith('t_'))]) {
        if (chunk.length > 0) await root.query(`drop role ${chunk.map((name) => pg.escapeIdentifier(name)).join(', ')}`);
      }
      await Promise.all(open.map((client) => client.end().catch(() => {})));
    },
  };
  try {
    if (until !== 'created') await bootstrapCell(await fresh.connectAsAdmin(), { cell, passwords });
    if (until === 'migrated') await migrateCell(await fresh.connectAs('operator'), { cell });
    return fresh;
  } catch (error) {
    await fresh.drop();
    throw error;
  }
}
