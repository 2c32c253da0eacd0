import type { ClientBase } from 'pg';
import { CELL_SCHEMA } from './migrate-cell.ts';

/** Version of every schema of the cell that has one, in one look. */
export async function schemaVersions(client: ClientBase): Promise<Map<string, number>> {
  const result = await client.query<{ schema: string; version: number }>(
    'select schema_name::text as schema, max(version) as version from tenantry.schema_versions group by schema_name',
  );
  return new Map(result.rows.map(({ schema, version }) => [schema, version]));
}

/** Version of one tenant's schema; 0 before its first migration. */
export async function currentTenantVersion(client: ClientBase, schema: string): Promise<number> {
  const result = await client.query<{ version: number | null }>(
    'select max(version) as version from tenantry.schema_versions where schema_name = $1',
    [schema],
  );
  return result.rows[0]?.version ?? 0;
}

/** Version of the cell; 0 for a database that was only bootstrapped. */
export async function cellVersion(client: ClientBase): Promise<number> {
  const found = await client.query<{ exists: boolean }>(`select to_regclass('tenantry.schema_versions') is not null as exists`);
  return found.rows[0]?.exists === true ? currentTenantVersion(client, CELL_SCHEMA) : 0;
}
