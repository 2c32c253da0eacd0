import type { Readable } from 'node:stream';

/** The cell's bucket as the operator uses it. Every write is one outside effect and may be repeated. */
export interface Bucket {
  /** How people name it, e.g. in `aws s3 ls`. */
  readonly url: (key: string) => string;
  /**
   * Stores a stream of any length, holding a few megabytes of it. Readers see all of it or nothing. `expectedBytes` is a guess that decides
   * the size of parts. @throws BucketAway; what ended the stream with an error is thrown as it is.
   */
  readonly put: (key: string, content: Readable | Buffer, options: PutOptions) => Promise<void>;
  /** @throws ObjectMissing, BucketAway. */
  readonly get: (key: string) => Promise<Readable>;
  /** Everything under a prefix that is there as a whole. */
  readonly list: (prefix: string) => Promise<readonly StoredObject[]>;
  /** Everything under a prefix, uploads that were never finished too. Nothing there costs no effect. Returns how many objects there were. */
  readonly removeUnder: (prefix: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

export interface PutOptions {
  readonly contentType: string;
  readonly expectedBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

export class ObjectMissing extends Error {
  override readonly name = 'ObjectMissing';
}

/** The bucket does not answer, or not as it should; the cause has its words. */
export class BucketAway extends Error {
  override readonly name = 'BucketAway';
}

/** Begins the keys of what is stored for tenants. The job worker ends all of it after days, used or not. */
export const TENANT_FILES = 't/';
/** Begins the keys of backups, which nothing ends but a person. */
export const BACKUP_FILES = 'backups/';

/** Begins the keys of what was moved out of tenants' tables: nothing ends it but a purge, and none that leaves a backup. */
export const ARCHIVE_FILES = 'archives/';

/** Everything of one tenant's own: what the API stores for it. Goes with the purge. */
export function tenantPrefix(tenantId: string): string {
  return `${TENANT_FILES}${tenantId}/`;
}

/** What was moved out of one tenant's tables: the service writes there, under the same name. */
export function archivePrefix(tenantId: string): string {
  return `${ARCHIVE_FILES}${tenantId}/`;
}

/** Backups lie apart from {@link tenantPrefix}: neither the purge nor rights on a tenant's own files reach them. */
export function backupPrefix(tenantId: string, backupId = ''): string {
  return `${BACKUP_FILES}${tenantId}/${backupId === '' ? '' : `${backupId}/`}`;
}
