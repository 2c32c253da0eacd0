import { cellLogins } from '@tenantry/contracts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import { Connection, clientConfig } from '@tenantry/tenant-service/postgres/connection.ts';
import type { PostgresLogin, RedisLogin } from '@tenantry/tenant-service/role-config.ts';
import { createLog } from '@tenantry/tenant-service/telemetry/log.ts';
import { type Door, pooledDoor } from '@tenantry/tenant-service/tenancy/doors.ts';
import { TenantRegistry } from '@tenantry/tenant-service/tenancy/registry.ts';
import type { Tenant } from '@tenantry/tenant-service/tenancy/tenant.ts';
import type pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import { partPid } from '../measure/part-pid.ts';

/** Tenants in a cell of its own, a door of the api and one of the job worker, as large as in production, and the stack's Redis. */
export interface JobsWorld {
  readonly cell: string;
  readonly tenants: readonly Tenant[];
  readonly tenantOf: (tenantId: string) => Tenant | undefined;
  readonly apiDoor: Door;
  readonly workerDoor: Door;
  readonly redis: RedisLogin;
  readonly admin: pg.Client;
  readonly pids: { readonly postgres: number; readonly redis: number };
  readonly remove: () => Promise<void>;
}

/** Each has two jobs under way at most. */
const TENANTS = 50;
const CONNECTIONS = { connections: 4, connectionsPerTenant: 2 };

export async function jobsWorld(say: (line: string) => void): Promise<JobsWorld> {
  const stack = await runningStack('postgres', 'redis');
  const cleanUp = new CleanUp(say);
  try {
    const { host, port, user, password, ca = '' } = stack.postgres;
    const cell = await freshCell({ host, port, user, password, ca });
    cleanUp.add(cell.drop);
    const operator = await cell.connectAs('operator');
    for (let made = 0; made < TENANTS; made += 1) await provisionTenantDatabase(operator, { slug: `bench-jobs-${made}`, cell: cell.cell });
    const logins = cellLogins(cell.cell);
    const login = (name: string, secret: string): PostgresLogin => ({
      host,
      port,
      database: cell.database,
      user: name,
      password: secret,
      ca,
    });
    const doorOf = (rows: PostgresLogin): Door => {
      const door = pooledDoor({ connect: () => new Connection(clientConfig(rows, 'bench'), true), ...CONNECTIONS });
      cleanUp.add(door.close);
      return door;
    };
    const registry = new TenantRegistry({
      connection: clientConfig(login(logins.registry, cell.passwords.registry), 'bench'),
      log: createLog('silent', 'bench'),
    });
    await registry.start();
    cleanUp.add(() => registry.stop());
    return {
      cell: cell.cell,
      tenants: registry.all(),
      tenantOf: (tenantId) => registry.byId(tenantId),
      apiDoor: doorOf(login(logins.api, cell.passwords.api)),
      workerDoor: doorOf(login(logins.jobs, cell.passwords.jobs)),
      redis: { ...(await stack.redis()), ca: undefined },
      admin: await cell.connectAsAdmin(),
      pids: { postgres: await partPid('postgres'), redis: await partPid('redis') },
      remove: () => cleanUp.run(),
    };
  } catch (error) {
    await cleanUp.run();
    throw error;
  }
}
