import { type ClientBase, escapeIdentifier } from 'pg';
import { type MigrationOptions, type MigrationResult, runMigrations } from './run-migrations.ts';

export interface TenantSchema {
  readonly schema: string;
  readonly ownerRole: string;
}

/**
 * Brings one tenant's schema to the newest version, as its owner role. `client` is the operator's login, which may SET ROLE to the owner;
 * the schema exists. Touches no grants: those follow the tenant's state (tenantGrants).
 * @throws as {@link runMigrations}
 */
export async function migrateTenant(
  client: ClientBase,
  { schema, ownerRole }: TenantSchema,
  options: MigrationOptions = {},
): Promise<MigrationResult> {
  const prologue = `set local role ${escapeIdentifier(ownerRole)};
set local search_path = ${escapeIdentifier(schema)}, pg_temp;`;
  return runMigrations(client, { kind: 'tenant', schema, prologue, names: {} }, options);
}
