import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@tenantry/stack/run-command.ts';
import { createCustomers } from '@tenantry/tenant-service/features/customers/customer-statements.ts';
import type { CustomersTenant } from './customers-tenant.ts';

/** What the floor needs of a tenant. */
export type FloorTenant = Pick<CustomersTenant, 'schema' | 'caFile' | 'login'> & {
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string };
};

/** Whether P0 can be measured here: pgbench comes with Debian's postgresql packages. */
export function pgbenchIsThere(): boolean {
  return spawnSync('pgbench', ['--version'], { stdio: 'ignore' }).status === 0;
}

/**
 * P0 of quality.md: the create statement itself, prepared, one transaction a customer, by pgbench as the tenant's own login over TLS.
 * The customer's JSON is made by the server, as pgbench makes no text. Gives transactions per second.
 */
export async function pgbenchFloor(
  tenant: FloorTenant,
  options: { readonly folder: string; readonly connections: number; readonly transactions: number },
): Promise<number> {
  const { folder, connections, transactions } = options;
  const script = join(folder, 'create.sql');
  writeFileSync(
    script,
    `${createCustomers.of(tenant.schema).text.replace('$1::jsonb', oneCustomer).replace('$2::int', '1').replaceAll(/\s+/g, ' ')};\n`,
  );
  const { host, port, database } = tenant.postgres;
  const output = await runCommand(
    'pgbench',
    [
      ...['--no-vacuum', '--protocol=prepared', `--client=${connections}`, '--jobs=1', `--file=${script}`],
      `--transactions=${Math.ceil(transactions / connections)}`,
      ...[`--host=${host}`, `--port=${port}`, `--username=${tenant.login.user}`, database],
    ],
    { env: { PGPASSWORD: tenant.login.password, PGSSLMODE: 'verify-ca', PGSSLROOTCERT: tenant.caFile } },
  );
  const rate = /tps = ([\d.]+)/.exec(output)?.[1];
  if (rate === undefined) throw new Error(`pgbench said no rate: ${output.slice(-300)}`);
  return Number(rate);
}

/** The bench client's customer, as an expression that gives another one each time. */
const oneCustomer = `(select jsonb_build_array(jsonb_build_object('a', 'pgbench', 'i', id, 't', id, 'e', gen_random_uuid(), 'd', jsonb_build_object(
  'id', id, 'externalId', id, 'name', 'Ada Lovelace ' || id, 'email', id || '@pgbench.example.org', 'phone', '+4930123456', 'status', 'active',
  'segment', 'enterprise', 'tags', jsonb_build_array('vip', 'newsletter'),
  'attributes', jsonb_build_object('industry', 'computing', 'employees', 250, 'country', 'DE'),
  'version', 1, 'createdAt', now(), 'updatedAt', now()))) from (select gen_random_uuid() as id) made)`;
