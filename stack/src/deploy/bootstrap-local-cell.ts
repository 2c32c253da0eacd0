import { readFile } from 'node:fs/promises';
import { bootstrapCell } from '@tenantry/tenant-schema';
import type { Endpoints } from '../endpoints.ts';
import { LOCAL_CELL } from '../local-cell.ts';
import type { Paths } from '../paths.ts';
import { type PostgresAccess, withPostgres } from '../postgres/prepare-postgres.ts';
import { SECRETS, secret } from '../secrets.ts';

/** Makes the local database a cell: logins with the passwords the pods get. What an administrator does once on RDS. The operator migrates it. */
export async function bootstrapLocalCell(paths: Paths, endpoints: Endpoints): Promise<void> {
  const passwords = {
    operator: await secret(paths, SECRETS.postgresOperator),
    api: await secret(paths, SECRETS.postgresApi),
    registry: await secret(paths, SECRETS.postgresRegistry),
    relay: await secret(paths, SECRETS.postgresRelay),
    jobs: await secret(paths, SECRETS.postgresJobs),
    projector: await secret(paths, SECRETS.postgresProjector),
    sender: await secret(paths, SECRETS.postgresSender),
  };
  await withPostgres(await adminAccess(paths, endpoints), endpoints.postgres.cellDatabase, (admin) =>
    bootstrapCell(admin, { cell: LOCAL_CELL.name, passwords }),
  );
}

/** True once the operator has made the registry, which api and relay read when they start. */
export async function cellIsMigrated(paths: Paths, endpoints: Endpoints): Promise<boolean> {
  return await withPostgres(await adminAccess(paths, endpoints), endpoints.postgres.cellDatabase, async (admin) => {
    const { rows } = await admin.query<{ registry: string | null }>("select to_regclass('tenantry.tenants')::text as registry");
    return rows[0]?.registry != null;
  });
}

async function adminAccess(paths: Paths, endpoints: Endpoints): Promise<PostgresAccess> {
  const { host, port, adminUser } = endpoints.postgres;
  const [password, ca] = [await secret(paths, SECRETS.postgresAdmin), await readFile(endpoints.caFile, 'utf8')];
  return { host, port, user: adminUser, password, ca };
}
