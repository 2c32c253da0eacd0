import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { findProcess } from '@tenantry/stack/process.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { type FreshCell, freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import { type LocalIssuer, localIssuer } from '@tenantry/tenant-service/testing/local-issuer.ts';
import type pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import { startOurApi } from '../customers/our-api.ts';
import { type ServerProcess, startServer } from '../customers/server-process.ts';
import { inLanes } from './in-lanes.ts';

/** A tenant of the bench. */
export interface ApiTenant {
  readonly tenantId: string;
  readonly schema: string;
  readonly eventsTopic: string;
  /** A header with a token of its administrator that is good for an hour. */
  readonly authorization: () => Promise<{ readonly Authorization: string }>;
}

/** One cell with tenants, our api before it and the empty Express route beside it, each with as many workers. */
export interface ApiWorld {
  readonly cell: string;
  /** The same with its logins, for who works behind the api. */
  readonly freshCell: FreshCell;
  readonly tenants: readonly [ApiTenant, ...ApiTenant[]];
  readonly admin: pg.Client;
  /** One more such connection; whoever asked for it may end it. */
  readonly connectAsAdmin: () => Promise<pg.Client>;
  /** Makes one more tenant; its id. */
  readonly provision: () => Promise<string>;
  readonly operator: pg.Client;
  /** How a tenant's own login reaches PostgreSQL: for the floor and for peers. */
  readonly postgres: {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string;
  };
  readonly caFile: string;
  readonly issuer: string;
  readonly ours: readonly ServerProcess[];
  readonly reference: readonly ServerProcess[];
  readonly postgresPid: number;
  readonly remove: () => Promise<void>;
}

/** Far above what the bench sends: the limits are at work and refuse nothing. */
const QUOTAS = {
  requestsPerMinute: 100_000_000,
  requestsPerMinutePerUser: 100_000_000,
  requestsPerDay: 1_000_000_000,
  customers: 100_000_000,
};

export async function apiWorld(options: {
  readonly root: string;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly tenants: number;
  readonly workers: number;
  /** To PostgreSQL, of each worker. */
  readonly connections?: number;
  readonly connectionsPerTenant?: number;
  readonly say?: (line: string) => void;
}): Promise<ApiWorld> {
  const { root, folder, profileFolder, workers, connections = 4, connectionsPerTenant = 2, say = () => {} } = options;
  const stack = await runningStack('postgres', 'redis');
  const cleanUp = new CleanUp(say);
  const remove = () => cleanUp.run();
  try {
    const { host, port, user, password, ca = '' } = stack.postgres;
    const cell = await freshCell({ host, port, user, password, ca });
    cleanUp.add(cell.drop);
    const issuer = await localIssuer();
    cleanUp.add(() => issuer[Symbol.asyncDispose]());
    const operator = await cell.connectAs('operator');
    const tenants: ApiTenant[] = [];
    let made = 0;
    // By the administrator: whoever is no superuser looks through all the roles it may administer whenever it gives one away, three a tenant; in a
    // cell of 5,000 that makes one more ten times as dear as the first (390 ms of PostgreSQL against 37).
    await inLanes(options.tenants, cell.connectAsAdmin, async (client, number) => {
      tenants[number] = await makeTenant(client, cell.cell, issuer, number);
      made += 1;
      if (made % 500 === 0) say(`${made} of ${options.tenants} tenants are there`);
    });
    const redis = await stack.redis();
    const ours = await startOurApi(
      {
        cell: cell.cell,
        postgres: { host, port, database: cell.database },
        caFile: stack.caFile,
        issuer: issuer.url,
        passwords: cell.passwords,
        redis,
      },
      { root, folder, profileFolder, workers, connections, connectionsPerTenant },
    );
    cleanUp.add(...ours.map(({ stop }) => stop));
    const reference: ServerProcess[] = [];
    while (reference.length < workers) {
      const worker = await startReference(issuer.url, stack.caFile, join(folder, `reference-${reference.length}.log`));
      reference.push(worker);
      cleanUp.add(worker.stop);
    }
    const postgres = await findProcess(stackPaths(), 'postgres');
    if (postgres === undefined) throw new Error('PostgreSQL has ended');
    return {
      cell: cell.cell,
      freshCell: cell,
      tenants: tenants as [ApiTenant, ...ApiTenant[]],
      admin: await cell.connectAsAdmin(),
      connectAsAdmin: cell.connectAsAdmin,
      operator,
      provision: async () =>
        (await provisionTenantDatabase(operator, { slug: `late-${randomBytes(6).toString('hex')}`, cell: cell.cell })).tenantId,
      postgres: { host, port, database: cell.database, user: `t_bench_0000_app@${cell.cell}$1`, password: `login-${cell.cell}` },
      caFile: stack.caFile,
      issuer: issuer.url,
      ours,
      reference,
      postgresPid: postgres.pid,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Tokens are good for an hour; one is used for this long, because signing thousands of them takes seconds of a processor. */
const TOKEN_USED_MS = 30 * 60_000;

async function makeTenant(client: pg.Client, cell: string, issuer: LocalIssuer, number: number): Promise<ApiTenant> {
  const names = await provisionTenantDatabase(client, {
    slug: `bench-${String(number).padStart(4, '0')}`,
    cell,
    ...(number === 0 ? { password: `login-${cell}` } : {}),
  });
  const organizationId = randomUUID();
  await client.query(
    `update tenantry.tenants set organization_id = $2, mode = 'Pooled', quotas = $3, statement_timeout_ms = 10000 where tenant_id = $1`,
    [names.tenantId, organizationId, QUOTAS],
  );
  let token: { readonly text: Promise<string>; readonly signedAt: number } | undefined;
  return {
    tenantId: names.tenantId,
    schema: names.schema,
    eventsTopic: names.eventsTopic,
    authorization: async () => {
      if (token === undefined || performance.now() - token.signedAt > TOKEN_USED_MS)
        token = { text: issuer.token({ organizationId, expiresIn: 3600 }), signedAt: performance.now() };
      return { Authorization: `Bearer ${await token.text}` };
    },
  };
}

async function startReference(issuer: string, caFile: string, log: string): Promise<ServerProcess> {
  const port = await freePort();
  return await startServer({
    args: [join(import.meta.dirname, '../customers/reference-api.ts'), String(port), issuer, caFile],
    environment: { NODE_ENV: 'production' },
    port,
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    log,
  });
}
