import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import type { Effects } from '../effects.ts';
import type { FencedPool } from '../postgres/fenced-pool.ts';
import { type Bucket, backupPrefix } from '../s3/port.ts';
import { uuidV7 } from '../tenant/uuid-v7.ts';
import { BackupDamaged, BackupManifest, type BackupPurpose, MANIFEST, tableObject } from './backup-manifest.ts';
import { dumpSchema } from './dump-schema.ts';
import { loadTables } from './load-tables.ts';
import type { BackupRecord, BackupRecords } from './port.ts';
import { readBackup } from './read-backup.ts';
import { ScratchSchema } from './scratch-schema.ts';

/** What backups are made with. */
export interface TenantBackupsParts {
  readonly cell: string;
  readonly bucket: Bucket;
  readonly records: BackupRecords;
  readonly pool: FencedPool;
  readonly effects: Effects;
  readonly now?: () => Date;
}

/** Whose backup, and why. */
export interface BackupSubject {
  readonly tenantId: string;
  readonly slug: string;
  readonly schema: string;
  readonly ownerRole: string;
  readonly purpose: BackupPurpose;
  /** Asked for again with the same cause, the same backup is given. */
  readonly cause: string;
}

/**
 * Backups of one cell's tenants. A backup is a row, the tables' objects, the manifest, and then the proof: a restore into a scratch schema
 * that must give the same rows. Killed at any line, the next call for the same cause removes what was left half done and begins anew, or
 * goes on with the proof. Knows nothing of deletion.
 */
export class TenantBackups {
  readonly #parts: TenantBackupsParts;

  constructor(parts: TenantBackupsParts) {
    this.#parts = parts;
  }

  /** The verified backup for this cause: the one there is, or a new one. @throws BackupDamaged when it did not pass; then it is gone again. */
  async make(subject: BackupSubject, signal: AbortSignal): Promise<BackupRecord> {
    const { records } = this.#parts;
    const before = await records.ofTenant(subject.tenantId);
    await this.#removeStrays(subject, before);
    const attempts = before.filter(({ cause }) => cause === subject.cause);
    for (const attempt of attempts.filter(({ state }) => state === 'Running')) await this.#discard(attempt, subject);
    const done = attempts.find(({ state }) => state === 'Verified');
    if (done !== undefined) {
      // The last thing the proof does is to remove its scratch schema.
      await this.#scratch(done, subject).remove();
      return done;
    }
    const written = attempts.find(({ state }) => state === 'Written') ?? (await this.#write(subject, signal));
    try {
      await this.#prove(written, subject, signal);
    } catch (error) {
      // Nobody shall take it for a backup, and the next try begins with a new one.
      if (error instanceof BackupDamaged) await this.#discard(written, subject);
      throw error;
    }
    await records.verified(written.backupId);
    await this.#scratch(written, subject).remove();
    return { ...written, state: 'Verified' };
  }

  /** Removes what tries for this cause left behind. A verified backup stays. Nothing may be making one meanwhile. */
  async removeAttempts(subject: BackupSubject): Promise<void> {
    const attempts = (await this.#parts.records.ofTenant(subject.tenantId)).filter(({ cause }) => cause === subject.cause);
    for (const attempt of attempts.filter(({ state }) => state !== 'Verified')) await this.#discard(attempt, subject);
  }

  /** @throws BackupDamaged when a backup that was verified is not there any more, whole. */
  async requireStillThere(record: BackupRecord): Promise<void> {
    await readBackup(this.#parts.bucket, backupPrefix(record.tenantId, record.backupId), record.manifestSha256);
  }

  async #write(subject: BackupSubject, signal: AbortSignal): Promise<BackupRecord> {
    const { records, bucket, cell, now = () => new Date() } = this.#parts;
    const backupId = uuidV7();
    const prefix = backupPrefix(subject.tenantId, backupId);
    const { tenantId, slug, purpose, cause } = subject;
    const record = { backupId, tenantId, slug, purpose, cause, location: bucket.url(prefix) };
    await records.begin(record);
    const dumped = await this.#connected((client) =>
      dumpSchema(client, { ...subject, quiesce: purpose === 'Final', signal }, (table, content) =>
        bucket.put(`${prefix}${tableObject(table)}`, content, { contentType: 'application/gzip', expectedBytes: table.bytes, signal }),
      ),
    );
    const manifest = BackupManifest.parse({
      format: 'tenantry-backup/1',
      ...{ backupId, purpose, tenantId, slug, cell },
      createdAt: now().toISOString(),
      ...dumped,
    });
    const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    await bucket.put(`${prefix}${MANIFEST}`, text, { contentType: 'application/json', signal });
    const facts = {
      schemaVersion: manifest.schemaVersion,
      rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0),
      bytes: manifest.tables.reduce((sum, { bytes }) => sum + bytes, 0),
      manifestSha256: createHash('sha256').update(text).digest('hex'),
    };
    await records.written(backupId, facts);
    return { ...record, ...facts, state: 'Written' };
  }

  async #prove(record: BackupRecord, subject: BackupSubject, signal: AbortSignal): Promise<void> {
    const { bucket, effects } = this.#parts;
    const prefix = backupPrefix(record.tenantId, record.backupId);
    const manifest = await readBackup(bucket, prefix, record.manifestSha256);
    const scratch = this.#scratch(record, subject);
    await scratch.make(manifest);
    await effects.perform(`postgres: restore into ${scratch.name}`, () =>
      this.#connected((client) =>
        loadTables(client, {
          schema: scratch.name,
          ownerRole: subject.ownerRole,
          manifest,
          read: (table) => bucket.get(`${prefix}${tableObject(table)}`),
          signal,
        }),
      ),
    );
  }

  async #discard(record: BackupRecord, subject: BackupSubject): Promise<void> {
    const { bucket, records } = this.#parts;
    await bucket.removeUnder(backupPrefix(record.tenantId, record.backupId));
    await this.#scratch(record, subject).remove();
    await records.remove(record.backupId);
  }

  /** Objects without a row and without a manifest: what a predecessor was still sending when its attempt had been discarded. */
  async #removeStrays({ tenantId }: BackupSubject, known: readonly BackupRecord[]): Promise<void> {
    const { bucket } = this.#parts;
    const keys = (await bucket.list(backupPrefix(tenantId))).map(({ key }) => key);
    const ids = new Set(keys.map((key) => key.slice(backupPrefix(tenantId).length).split('/')[0] ?? ''));
    for (const id of ids) {
      if (known.some(({ backupId }) => backupId === id) || keys.includes(`${backupPrefix(tenantId, id)}${MANIFEST}`)) continue;
      await bucket.removeUnder(backupPrefix(tenantId, id));
    }
  }

  #scratch(record: BackupRecord, { ownerRole }: BackupSubject): ScratchSchema {
    return new ScratchSchema(record.backupId, ownerRole, this.#parts.pool, this.#parts.effects);
  }

  /** A connection that may be cut in the middle: whoever was using it learns of it by its own error. */
  async #connected<T>(use: (client: ClientBase) => Promise<T>): Promise<T> {
    return this.#parts.pool.connected(async (client) => {
      const ignore = (): void => {};
      client.on('error', ignore);
      try {
        return await use(client);
      } finally {
        // A client that was cut has more to say when its socket is gone; it is not used again.
        if (client.listenerCount('error') > 1) client.off('error', ignore);
      }
    });
  }
}
