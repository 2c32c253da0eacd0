import type { TenantNames } from '@tenantry/contracts';
import { BackgroundRuns, type RunState } from '../backup/background-runs.ts';
import { BackupDamaged } from '../backup/backup-manifest.ts';
import type { BackupRecord } from '../backup/port.ts';
import type { BackupSubject, TenantBackups } from '../backup/tenant-backups.ts';
import type { Registration, Tombstone } from '../postgres/port.ts';
import { BucketAway } from '../s3/port.ts';

/** Each holds a connection, two parts of an upload and the buffers between: about 30 MB. */
const AT_ONCE = 2;

/** What final backups are made with. */
export interface FinalBackupsParts {
  /** Undefined: the cell has no bucket. */
  readonly backups: Pick<TenantBackups, 'make' | 'removeAttempts' | 'requireStillThere'> | undefined;
  readonly records: { readonly ofTenant: (tenantId: string) => Promise<readonly BackupRecord[]> };
  /** A backup has ended, well or not: look at this tenant again. */
  readonly ended: (slug: string) => void;
}

/** The last backup of tenants that are deleted with policy Snapshot, made beside the passes: a pass must not take as long as a large tenant does. */
export class FinalBackups {
  readonly #parts: FinalBackupsParts;
  readonly #runs: BackgroundRuns<BackupRecord>;

  constructor(parts: FinalBackupsParts) {
    this.#parts = parts;
    this.#runs = new BackgroundRuns({ most: AT_ONCE, ended: parts.ended });
  }

  /** Begins it, or says how it stands. One backup for each deletion: its cause is the uid of the Tenant. */
  ask(names: TenantNames, registration: Registration): RunState<BackupRecord> | { readonly state: 'no-bucket' } {
    const { backups } = this.#parts;
    if (backups === undefined) return { state: 'no-bucket' };
    return this.#runs.ask(registration.slug, (signal) => backups.make(subjectOf(names, registration), signal));
  }

  /** The data is kept after all: what tries have left goes. False while one is still under way: it reads the schema by its name. */
  async abandon(names: TenantNames, registration: Registration): Promise<boolean> {
    if (this.#runs.isRunning(registration.slug)) return false;
    try {
      await this.#parts.backups?.removeAttempts(subjectOf(names, registration));
    } catch (error) {
      // Keeping the data is the way out when the bucket is away; the rest is found again by its row.
      if (!(error instanceof BucketAway)) throw error;
    }
    return true;
  }

  /** Before anything of a Snapshot tenant is purged. @throws BackupDamaged when its backup is not there, whole, any more. */
  async requireStillThere({ tenantId, backup }: Tombstone): Promise<void> {
    const record = (await this.#parts.records.ofTenant(tenantId)).find(({ location }) => location === backup);
    if (record?.state !== 'Verified') throw new BackupDamaged(`there is no verified backup ${backup} of tenant ${tenantId}`);
    if (this.#parts.backups === undefined)
      throw new BackupDamaged(`the cell has no bucket any more, so nobody can see whether ${backup} is there`);
    await this.#parts.backups.requireStillThere(record);
  }

  /** Lets backups run until `stop`. */
  async run(stop: AbortSignal): Promise<void> {
    await this.#runs.run(stop);
  }
}

function subjectOf(names: TenantNames, { tenantId, uid, slug }: Registration): BackupSubject {
  return { tenantId, slug, schema: names.schema, ownerRole: names.ownerRole, purpose: 'Final', cause: uid };
}
