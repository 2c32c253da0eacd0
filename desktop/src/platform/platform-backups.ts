/** Backups of a tenant that were asked for and what was restored into it, or why there is nothing to see. */
export type BackupsReading =
  /** The cluster does not know this kind yet. */
  | { readonly state: 'absent' }
  /** The person may not see them. */
  | { readonly state: 'closed' }
  | {
      readonly state: 'read';
      readonly backups: readonly TenantBackupRow[];
      /** Undefined for who may see backups and no restores. */
      readonly restores: readonly TenantRestoreRow[] | undefined;
    };

/** One backup that somebody asked for. */
export interface TenantBackupRow {
  readonly name: string;
  /** RFC 3339: when it was asked for. */
  readonly askedAt: string;
  /** `proven`: it is there, and was restored to see that it can be. What is in the way of the last three is tried again. */
  readonly state: 'waiting' | 'making' | 'proven' | 'failed' | 'storeMissing' | 'tenantMissing';
  /** The operator's words. */
  readonly says: string;
  /** As a restore names it. */
  readonly location: string | undefined;
  readonly rows: number | undefined;
  /** As stored, compressed. */
  readonly bytes: number | undefined;
}

/** One time that a backup took, or should have taken, the place of the tenant's data. */
export interface TenantRestoreRow {
  readonly name: string;
  /** RFC 3339: when it was asked for. */
  readonly askedAt: string;
  /** `refused`: for good, and nothing of the tenant was changed. */
  readonly state: 'waiting' | 'restoring' | 'restored' | 'refused';
  /** The operator's words. */
  readonly says: string;
  readonly location: string;
  /** Holds what the tenant had before; undefined until it is restored, and when there was nothing any more. */
  readonly replacedSchema: string | undefined;
}

export interface RestoreRequest {
  readonly tenant: string;
  /** Of a backup of this very tenant. */
  readonly location: string;
}
