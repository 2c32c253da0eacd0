import { randomUUID } from 'node:crypto';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import type { ObjectStore } from '@tenantry/tenant-service/objects/object-store.ts';
import { s3ObjectStore } from '@tenantry/tenant-service/objects/s3-object-store.ts';
import type pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import type { ServerProcess } from '../customers/server-process.ts';
import { partPid } from '../measure/part-pid.ts';
import { roleProcesses } from '../pipeline/role-processes.ts';

/** A tenant whose one account has a transaction for every row of the report, and the job worker before it. */
export interface ReportsWorld {
  readonly tenantId: string;
  readonly schema: string;
  readonly accountId: string;
  readonly admin: pg.Client;
  readonly objects: ObjectStore;
  readonly worker: ServerProcess;
  readonly postgresPid: number;
  /** How psql gets in: as the job worker does, in the tenant's role, over TLS. */
  readonly psql: { readonly words: readonly string[]; readonly environment: Readonly<Record<string, string>> };
  readonly remove: () => Promise<void>;
}

export async function reportsWorld(options: {
  readonly root: string;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly rows: number;
  readonly say: (line: string) => void;
}): Promise<ReportsWorld> {
  const { root, folder, profileFolder, rows, say } = options;
  const stack = await runningStack('postgres', 'redis', 's3');
  const cleanUp = new CleanUp(say);
  try {
    const { host, port, user, password, ca = '' } = stack.postgres;
    const cell = await freshCell({ host, port, user, password, ca });
    cleanUp.add(cell.drop);
    const operator = await cell.connectAs('operator');
    const { tenantId, schema, appRole } = await provisionTenantDatabase(operator, { slug: 'bench-reports', cell: cell.cell });
    const objects = s3ObjectStore(await stack.s3());
    cleanUp.add(async () => {
      await objects.removeUnder(`t/${tenantId}/`);
      objects.close();
    });
    const admin = await cell.connectAsAdmin();
    say(`making an account of ${rows} transactions`);
    const accountId = await fill(admin, schema, rows);
    const { start } = await roleProcesses({ root, folder, profileFolder, stack, cell });
    const worker = await start('job-worker', { JOB_REFILL_MS: '100' });
    cleanUp.add(worker.stop);
    const psql = {
      words: [`--host=${host}`, `--port=${port}`, `--username=${cell.logins.jobs}`, `--dbname=${cell.database}`],
      environment: {
        PGPASSWORD: cell.passwords.jobs,
        PGSSLMODE: 'verify-ca',
        PGSSLROOTCERT: stack.caFile,
        PGOPTIONS: `-c role=${appRole}`,
      },
    };
    return {
      tenantId,
      schema,
      accountId,
      admin,
      objects,
      worker,
      postgresPid: await partPid('postgres'),
      psql,
      remove: () => cleanUp.run(),
    };
  } catch (error) {
    await cleanUp.run();
    throw error;
  }
}

/** What a busy account has: a reference and a line of text with each posting. */
async function fill(admin: pg.Client, schema: string, rows: number): Promise<string> {
  const [customer, account] = [randomUUID(), randomUUID()];
  // Nothing is checked against other tables: these rows are right, and the bench is not about that.
  await admin.query('set session_replication_role = replica');
  await admin.query(
    `insert into ${schema}.customers (id, name, status, version, created_at, updated_at) values ($1, 'A busy one', 'active', 1, '2025-01-01', '2025-01-01')`,
    [customer],
  );
  await admin.query(
    `insert into ${schema}.accounts (id, customer_id, number, type, currency, status, overdraft_limit_minor, balance_minor, version, settings_version,
       created_at, updated_at)
     values ($1, $2, 'DE-1', 'current', 'EUR', 'active', 0, $3, $4, 1, '2025-01-01', '2025-01-01')`,
    [account, customer, rows, rows + 1],
  );
  await admin.query(
    `insert into ${schema}.transactions (id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at,
       reference, description)
     select gen_random_uuid(), $1, n + 1, case when n % 3 = 0 then 'fee' else 'deposit' end, case when n % 3 = 0 then -49 else 1000 + n % 5000 end,
       'EUR', n, timestamptz '2025-01-01' + n * interval '25 seconds', timestamptz '2025-01-01' + n * interval '25 seconds', 'RF-' || n,
       'Invoice ' || n || ', paid by "Lovelace, Ada"'
     from generate_series(1, $2::int) n`,
    [account, rows],
  );
  await admin.query('set session_replication_role = default');
  await admin.query(`vacuum analyze ${schema}.transactions`);
  await admin.query('checkpoint').catch(() => {});
  return account;
}
