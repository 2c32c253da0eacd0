import type { BackupPurpose } from '../backup/backup-manifest.ts';
import type { BackupRecord, BackupRecords, WrittenFacts } from '../backup/port.ts';
import type { FencedPool } from './fenced-pool.ts';

const SELECT =
  'select backup_id, tenant_id, slug, purpose, cause, location, state, row_count, bytes, manifest_sha256 from tenantry.backups';

/** `tenantry.backups`. */
export class PgBackupRecords implements BackupRecords {
  readonly #pool: FencedPool;

  constructor(pool: FencedPool) {
    this.#pool = pool;
  }

  async ofTenant(tenantId: string): Promise<readonly BackupRecord[]> {
    const rows = await this.#pool.rows<BackupRow>(`${SELECT} where tenant_id = $1 order by started_at desc`, [tenantId]);
    return rows.map(recordOf);
  }

  async unfinished(purpose: BackupPurpose): Promise<readonly BackupRecord[]> {
    const rows = await this.#pool.rows<BackupRow>(`${SELECT} where purpose = $1 and state <> 'Verified' order by started_at`, [purpose]);
    return rows.map(recordOf);
  }

  async begin(record: Parameters<BackupRecords['begin']>[0]): Promise<void> {
    const { backupId, tenantId, slug, purpose, cause, location } = record;
    await this.#pool.write(`begin backup of ${slug}`, (client) =>
      client.query(
        `insert into tenantry.backups (backup_id, tenant_id, slug, purpose, cause, location, state) values ($1, $2, $3, $4, $5, $6, 'Running')`,
        [backupId, tenantId, slug, purpose, cause, location],
      ),
    );
  }

  async written(backupId: string, { schemaVersion, rows, bytes, manifestSha256 }: WrittenFacts): Promise<void> {
    await this.#pool.write('backup written', (client) =>
      client.query(
        `update tenantry.backups set state = 'Written', schema_version = $2, row_count = $3, bytes = $4, manifest_sha256 = $5, written_at = now()
          where backup_id = $1 and state = 'Running'`,
        [backupId, schemaVersion, rows, bytes, manifestSha256],
      ),
    );
  }

  async verified(backupId: string): Promise<void> {
    await this.#pool.write('backup verified', (client) =>
      client.query(`update tenantry.backups set state = 'Verified', verified_at = now() where backup_id = $1 and state = 'Written'`, [
        backupId,
      ]),
    );
  }

  async remove(backupId: string): Promise<void> {
    await this.#pool.write('forget backup', (client) => client.query('delete from tenantry.backups where backup_id = $1', [backupId]));
  }
}

interface BackupRow {
  readonly backup_id: string;
  readonly tenant_id: string;
  readonly slug: string;
  readonly purpose: BackupPurpose;
  readonly cause: string;
  readonly location: string;
  readonly state: BackupRecord['state'];
  readonly row_count: string | null;
  readonly bytes: string | null;
  readonly manifest_sha256: string | null;
}

function recordOf(row: BackupRow): BackupRecord {
  return {
    backupId: row.backup_id,
    tenantId: row.tenant_id,
    slug: row.slug,
    purpose: row.purpose,
    cause: row.cause,
    location: row.location,
    state: row.state,
    rows: Number(row.row_count ?? 0),
    bytes: Number(row.bytes ?? 0),
    manifestSha256: row.manifest_sha256 ?? undefined,
  };
}
