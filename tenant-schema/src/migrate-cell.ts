import { cellGroups, cellLogins } from '@tenantry/contracts';
import type { ClientBase } from 'pg';
import { type MigrationOptions, type MigrationResult, runMigrations } from './run-migrations.ts';

/** Schema of a cell's own tables; also its name in `tenantry.schema_versions`. */
export const CELL_SCHEMA = 'tenantry';

/**
 * Brings a bootstrapped cell to the newest version. `client` is the operator's login, which owns what the migrations make.
 * @throws as {@link runMigrations}
 */
export async function migrateCell(
  client: ClientBase,
  { cell }: { cell: string },
  options: MigrationOptions = {},
): Promise<MigrationResult> {
  const { registry, relay, sender, projector } = cellLogins(cell);
  const { tenant, writer } = cellGroups(cell);
  return runMigrations(
    client,
    {
      kind: 'cell',
      schema: CELL_SCHEMA,
      prologue: 'set local search_path = pg_catalog, pg_temp;',
      names: { registry, relay, sender, projector, tenantGroup: tenant, writerGroup: writer },
    },
    options,
  );
}
