import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { findProcess } from '@tenantry/stack/process.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import { localIssuer } from '@tenantry/tenant-service/testing/local-issuer.ts';
import type pg from 'pg';
import { startOurApi } from '../customers/our-api.ts';
import { freePort, type ServerProcess, startServer } from '../customers/server-process.ts';

/** A tenant of the bench. */
export interface ApiTenant {
  readonly schema: string;
  /** A header with a token of its administrator that is good for an hour. */
  readonly authorization: () => Promise<{ readonly Authorization: string }>;
}

/** One cell with tenants, our api before it and the empty Express route beside it, each with as many workers. */
export interface ApiWorld {
  readonly cell: string;
  readonly tenants: readonly [ApiTenant, ...ApiTenant[]];
  readonly admin: pg.Client;
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
  readonly say?: (line: string) => void;
}): Promise<ApiWorld> {
  const { root, folder, profileFolder, workers, connections = 4, say = () => {} } = options;
  const stack = await runningStack('postgres', 'redis');
  const undo: (() => unknown)[] = [];
  const remove = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const { host, port, user, password, ca = '' } = stack.postgres;
    const cell = await freshCell({ host, port, user, password, ca });
    undo.push(cell.drop);
    const issuer = await localIssuer();
    undo.push(() => issuer[Symbol.asyncDispose]());
    const operator = await cell.connectAs('operator');
    const tenants: ApiTenant[] = [];
    for (let number = 0; number < options.tenants; number += 1) {
      const names = await provisionTenantDatabase(operator, {
        slug: `bench-${String(number).padStart(4, '0')}`,
        cell: cell.cell,
        ...(number === 0 ? { password: `login-${cell.cell}` } : {}),
      });
      if (number % 500 === 499) say(`${number + 1} of ${options.tenants} tenants are there`);
      const organizationId = randomUUID();
      await operator.query(
        `update tenantry.tenants set organization_id = $2, mode = 'Pooled', quotas = $3, statement_timeout_ms = 10000 where tenant_id = $1`,
        [names.tenantId, organizationId, QUOTAS],
      );
      tenants.push({
        schema: names.schema,
        authorization: async () => ({ Authorization: `Bearer ${await issuer.token({ organizationId, expiresIn: 3600 })}` }),
      });
    }
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
      { root, folder, profileFolder, workers, connections },
    );
    undo.push(...ours.map(({ stop }) => stop));
    const reference: ServerProcess[] = [];
    while (reference.length < workers) {
      const worker = await startReference(issuer.url, stack.caFile, join(folder, `reference-${reference.length}.log`));
      reference.push(worker);
      undo.push(worker.stop);
    }
    const postgres = await findProcess(stackPaths(), 'postgres');
    if (postgres === undefined) throw new Error('PostgreSQL has ended');
    return {
      cell: cell.cell,
      tenants: tenants as [ApiTenant, ...ApiTenant[]],
      admin: await cell.connectAsAdmin(),
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
