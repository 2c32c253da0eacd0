import type { BackupPurpose } from './backup-manifest.ts';

/** One attempt to back a tenant up, as `tenantry.backups` has it. */
export interface BackupRecord {
  readonly backupId: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly purpose: BackupPurpose;
  /** What asked for it; at most one backup is kept for a cause. */
  readonly cause: string;
  /** Prefix of its objects, as people name it. */
  readonly location: string;
  /** Running that nobody is at: interrupted. Written: it has a manifest. Verified: a restore gave the same contents. */
  readonly state: 'Running' | 'Written' | 'Verified';
  readonly rows: number;
  readonly bytes: number;
  readonly manifestSha256: string | undefined;
}

/** The cell's record of its backups. Every write is one fenced transaction. */
export interface BackupRecords {
  /** Newest first. */
  readonly ofTenant: (tenantId: string) => Promise<readonly BackupRecord[]>;
  /** Of this purpose and not verified: under way, or left behind. */
  readonly unfinished: (purpose: BackupPurpose) => Promise<readonly BackupRecord[]>;
  readonly begin: (record: Pick<BackupRecord, 'backupId' | 'tenantId' | 'slug' | 'purpose' | 'cause' | 'location'>) => Promise<void>;
  readonly written: (backupId: string, facts: WrittenFacts) => Promise<void>;
  readonly verified: (backupId: string) => Promise<void>;
  /** Gone already counts as removed. */
  readonly remove: (backupId: string) => Promise<void>;
}

export interface WrittenFacts {
  readonly schemaVersion: number;
  readonly rows: number;
  readonly bytes: number;
  readonly manifestSha256: string;
}
