import { readFile } from 'node:fs/promises';
import { bootstrapCell } from '@tenantry/tenant-schema';
import type { Endpoints } from '../endpoints.ts';
import { LOCAL_CELL } from '../local-cell.ts';
import type { Paths } from '../paths.ts';
import { withPostgres } from '../postgres/prepare-postgres.ts';
import { SECRETS, secret } from '../secrets.ts';

/** Makes the local database a cell: logins with the passwords the pods get. What an administrator does once on RDS. The operator migrates it. */
export async function bootstrapLocalCell(paths: Paths, endpoints: Endpoints): Promise<void> {
  const { host, port, adminUser, cellDatabase } = endpoints.postgres;
  const access = {
    host,
    port,
    user: adminUser,
    password: await secret(paths, SECRETS.postgresAdmin),
    ca: await readFile(endpoints.caFile, 'utf8'),
  };
  const passwords = {
    operator: await secret(paths, SECRETS.postgresOperator),
    api: await secret(paths, SECRETS.postgresApi),
    registry: await secret(paths, SECRETS.postgresRegistry),
    relay: await secret(paths, SECRETS.postgresRelay),
  };
  await withPostgres(access, cellDatabase, (admin) => bootstrapCell(admin, { cell: LOCAL_CELL.name, passwords }));
}
