import { cellLogins, tenantNames } from '@tenantry/contracts';
import pg from 'pg';
import { localPlatform } from './local-platform.ts';

/** How one login gets into the cell's database: over TLS, with the certificate checked. */
export function loginConfig(user: string, password: string): pg.ClientConfig {
  const { postgres, ca } = localPlatform();
  return { ...postgres, user, password, ssl: { ca }, connectionTimeoutMillis: 10_000 };
}

/** Runs `work` with one connection of one login, and closes it. No superuser anywhere. */
export async function asLogin<T>(user: string, password: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(loginConfig(user, password));
  client.on('error', () => {}); // a connection the server ends is seen by the query in flight
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The specifications look into the cell with the operator's login: it sees the registry, and rows of a tenant through its owner role. */
export function asOperator<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { cell, secret } = localPlatform();
  return asLogin(cellLogins(cell).operator, secret('postgres-operator-password'), work);
}

/** Runs `work` as the role that owns a tenant's schema, in one committed transaction. `schema` is quoted. */
export function asOwner<T>(slug: string, work: (client: pg.Client, schema: string) => Promise<T>): Promise<T> {
  const { schema, ownerRole } = tenantNames(slug, localPlatform().cell);
  return asOperator(async (client) => {
    await client.query('begin');
    await client.query(`set local role ${client.escapeIdentifier(ownerRole)}`);
    const result = await work(client, client.escapeIdentifier(schema));
    await client.query('commit');
    return result;
  });
}

/** One look inside a tenant's schema, as the role that owns it. `{schema}` in the text becomes the quoted schema name. */
export function rowsOf<Row extends pg.QueryResultRow>(
  slug: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  return asOwner(slug, async (client, schema) => (await client.query<Row>(text.replaceAll('{schema}', schema), [...values])).rows);
}

/** Everything a write may leave behind, counted: what "nothing was written" means. */
export interface WrittenRows {
  readonly customers: number;
  readonly history: number;
  readonly keys: number;
  /** Rows of this tenant that wait for the relay. */
  readonly outbox: number;
}

/** @see WrittenRows */
export async function writtenRows(slug: string): Promise<WrittenRows> {
  const [counts] = await rowsOf<Record<'customers' | 'history' | 'keys', string>>(
    slug,
    `select (select count(*) from {schema}.customers) as customers, (select count(*) from {schema}.history) as history,
            (select count(*) from {schema}.idempotency_keys) as keys`,
  );
  return {
    customers: Number(counts?.customers),
    history: Number(counts?.history),
    keys: Number(counts?.keys),
    outbox: await waitingEvents(slug),
  };
}

/** How many events of this tenant the relay has not taken away yet. Only the relay's login may look. */
export function waitingEvents(slug: string): Promise<number> {
  const { cell, secret } = localPlatform();
  return asLogin(cellLogins(cell).relay, secret('postgres-relay-password'), async (client) => {
    const { rows } = await client.query<{ count: string }>('select count(*) from tenantry.outbox where writer = $1', [
      tenantNames(slug, cell).appRole,
    ]);
    return Number(rows[0]?.count);
  });
}

/** How many webhooks of this tenant have an attempt ahead of them. Only the senders' login sees those of every tenant. */
export function dueWebhooks(slug: string): Promise<number> {
  const { cell, secret } = localPlatform();
  return asLogin(cellLogins(cell).sender, secret('postgres-sender-password'), async (client) => {
    const { rows } = await client.query<{ count: string }>('select count(*) from tenantry.webhook_due where writer = $1', [
      tenantNames(slug, cell).appRole,
    ]);
    return Number(rows[0]?.count);
  });
}
