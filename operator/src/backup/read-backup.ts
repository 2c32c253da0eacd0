import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Bucket, ObjectMissing } from '../s3/port.ts';
import { BackupDamaged, type BackupManifest, MANIFEST, parseManifest, tableObject } from './backup-manifest.ts';

/**
 * Reads and checks a backup's manifest, and looks whether every object it names is there in full; contents are checked by whoever loads them.
 * `sha256` is what the manifest must have, where somebody wrote it down. @throws BackupDamaged, BucketAway.
 */
export async function readBackup(bucket: Bucket, prefix: string, sha256?: string): Promise<BackupManifest> {
  const where = bucket.url(`${prefix}${MANIFEST}`);
  const bytes = await manifestBytes(bucket, prefix);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== undefined && found !== sha256)
    throw new BackupDamaged(`${where} has SHA-256 ${found}, not ${sha256} as it was written with`);
  const manifest = parseManifest(bytes.toString('utf8'), where);
  const there = new Map((await bucket.list(prefix)).map((object) => [object.key, object.bytes]));
  const missing = manifest.tables.filter((table) => there.get(`${prefix}${tableObject(table)}`) !== table.bytes).map(({ name }) => name);
  if (missing.length > 0)
    throw new BackupDamaged(`under ${bucket.url(prefix)} the objects of these tables are missing or cut: ${missing.join(', ')}`);
  return manifest;
}

async function manifestBytes(bucket: Bucket, prefix: string): Promise<Buffer> {
  try {
    return await buffer(await bucket.get(`${prefix}${MANIFEST}`));
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    throw new BackupDamaged(`${bucket.url(prefix)} has no ${MANIFEST}: it is no backup, or one that was interrupted`, { cause: error });
  }
}
