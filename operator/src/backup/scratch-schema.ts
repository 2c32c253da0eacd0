import { type MigrationFile, migrateTenant, migrationFiles } from '@tenantry/tenant-schema';
import type { Effects } from '../effects.ts';
import { dropTables } from '../postgres/drop-tables.ts';
import { type FencedPool, quoted } from '../postgres/fenced-pool.ts';
import { BackupDamaged, type BackupManifest } from './backup-manifest.ts';

/** Makes an empty schema at the version of a backup, and removes it. Both may be repeated. */
export class ScratchSchema {
  readonly name: string;
  readonly #ownerRole: string;
  readonly #pool: FencedPool;
  readonly #effects: Effects;

  constructor(backupId: string, ownerRole: string, pool: FencedPool, effects: Effects) {
    this.name = scratchName(backupId);
    this.#ownerRole = ownerRole;
    this.#pool = pool;
    this.#effects = effects;
  }

  /** @throws BackupDamaged when this build's migrations are not those that made what was backed up. */
  async make(manifest: BackupManifest): Promise<void> {
    requireSameMigrations(manifest, migrationFiles('tenant'));
    await this.#pool.write(`create schema ${this.name}`, (client) =>
      client.query(`create schema if not exists ${quoted(this.name)} authorization ${quoted(this.#ownerRole)}`),
    );
    await this.#effects.perform(`postgres: migrate ${this.name}`, () =>
      this.#pool.connected((client) =>
        migrateTenant(
          client,
          { schema: this.name, ownerRole: this.#ownerRole },
          { epoch: this.#pool.epoch, until: manifest.schemaVersion },
        ),
      ),
    );
  }

  /** Costs no effect when it is not there. */
  async remove(): Promise<void> {
    await dropTables(this.#pool, this.name, this.#ownerRole);
    const [left] = await this.#pool.rows('select 1 from pg_catalog.pg_namespace where nspname = $1', [this.name]);
    if (left === undefined) return;
    await this.#pool.write(`drop schema ${this.name}`, async (client) => {
      await client.query(`set local role ${quoted(this.#ownerRole)}; drop schema if exists ${quoted(this.name)} cascade; reset role`);
      await client.query('delete from tenantry.schema_versions where schema_name = $1', [this.name]);
    });
  }
}

/** Begins with no `t_`: no tenant's schema is ever called so. */
export function scratchName(backupId: string): string {
  return `scratch_${backupId.replaceAll('-', '_')}`;
}

/** A schema of the same version but other migrations would take the rows and mean something else. @throws BackupDamaged. */
export function requireSameMigrations({ migrations }: Pick<BackupManifest, 'migrations'>, files: readonly MigrationFile[]): void {
  const other = migrations.find(({ version, checksum }) => files.find((file) => file.version === version)?.checksum !== checksum);
  if (other !== undefined)
    throw new BackupDamaged(
      `the backup was made by migration ${other.name} as this version of Tenantry does not have it: restore with the one that made it`,
    );
}
