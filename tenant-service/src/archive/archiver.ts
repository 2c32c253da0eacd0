import { Readable } from 'node:stream';
import { ARCHIVE_KINDS, type ArchiveKind } from '@tenantry/contracts';
import { archiveKey, type ObjectStore } from '../objects/object-store.ts';
import { sqlState } from '../postgres/sql-errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Door } from '../tenancy/doors.ts';
import type { SnapshotDoor } from '../tenancy/snapshot-door.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { uuidv7 } from '../uuid-v7.ts';
import { ARCHIVE_CONTENTS } from './archive-contents.ts';
import { type ArchiveFacts, type ArchiveRow, proveArchiveFile, writeArchiveFile } from './archive-file.ts';
import type { ArchiveBounds } from './archive-policy.ts';
import * as statements from './archive-statements.ts';

interface ArchiverOptions {
  readonly door: Door;
  /** Of the primary: a replica may be behind. */
  readonly snapshots: SnapshotDoor;
  readonly objects: ObjectStore;
  readonly leaseMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly failpoint: (place: string) => void;
}

/** An archive under way; facts are there once it is `stored`. */
interface OpenArchive extends ArchiveFacts {
  readonly id: string;
  readonly kind: ArchiveKind;
  readonly state: 'open' | 'stored';
  readonly attempt: number;
  readonly cut: string;
  readonly isLast: boolean;
}

const DAY_MS = 86_400_000;
/** Of one file: what one statement takes out well within a tenant's time limit. Fewer with each attempt, down to the least. */
const ROWS = { most: 10_000, least: 500 };
/** Files of one kind and tenant in one round; the other tenants want their turn. */
const FILES_A_ROUND = 20;
/** A file is made without a heartbeat. */
const CLAIM_LEASES = 4;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Moves what is older than a tenant's plan keeps in the database into files of the bucket: a file is written, read back, described by a
 * manifest, and only then its rows are taken out, in one transaction with the mark that says so. May be killed anywhere: the row of the archive says
 * what is left to do.
 */
export class Archiver {
  readonly #options: ArchiverOptions;
  /** Cuts before which a tenant was seen to have nothing to archive: not looked for again. */
  readonly #done = new Map<string, string>();
  readonly #due = new Map<ArchiveKind, Set<string>>(ARCHIVE_KINDS.map((kind) => [kind, new Set()]));
  #isStopped = false;

  constructor(options: ArchiverOptions) {
    this.#options = options;
  }

  /** What is under way ends; nothing further begins. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Everything that is due of a tenant, up to a number of files. @throws what one kind met; the others are done all the same. */
  async archive(tenant: Tenant): Promise<void> {
    const { log, metrics } = this.#options;
    let failure: unknown;
    for (const kind of ARCHIVE_KINDS) {
      const due = this.#due.get(kind) as Set<string>;
      const days = ARCHIVE_CONTENTS[kind].days(tenant.quotas);
      due.delete(tenant.tenantId);
      try {
        if (days !== undefined && !(await this.#archiveKind(tenant, kind, cutOf(days)))) due.add(tenant.tenantId);
      } catch (error) {
        failure = error;
        due.add(tenant.tenantId);
        metrics.archiveFailures.labels(kind).inc();
        log.warn({ err: error, tenantId: tenant.tenantId, kind }, 'a file of the archive did not come to its end; it will be tried again');
      }
      metrics.archivesDue.labels(kind).set(due.size);
    }
    if (failure !== undefined) throw failure;
  }

  /** Whether nothing is left to do. */
  async #archiveKind(tenant: Tenant, kind: ArchiveKind, cut: string): Promise<boolean> {
    const place = `${tenant.tenantId}/${kind}`;
    for (let files = 0; files < FILES_A_ROUND && !this.#isStopped; files += 1) {
      if (this.#done.get(place) === cut) return true;
      const archive = await this.#take(tenant, kind, cut);
      // Nothing to take while nothing is under way: everything before this cut is archived.
      if (archive === undefined) return true;
      try {
        const found = await this.#work(tenant, archive);
        if (found === 0 && archive.cut >= cut) this.#done.set(place, cut);
      } catch (error) {
        await this.#release(tenant, archive, sqlState(error) === '57014').catch(() => {});
        throw error;
      }
    }
    return this.#done.get(place) === cut;
  }

  async #take(tenant: Tenant, kind: ArchiveKind, cut: string): Promise<OpenArchive | undefined> {
    const { door, leaseMs } = this.#options;
    const claimMs = leaseMs * CLAIM_LEASES;
    const [left] = await door.write(tenant, (tx) => tx.run(statements.takeArchive, [kind, claimMs]));
    const [taken] = left ? [left] : await door.write(tenant, (tx) => tx.run(statements.beginArchive, [kind, claimMs, uuidv7(), cut]));
    return taken as unknown as OpenArchive | undefined;
  }

  /** One archive to its end. How many rows it has. */
  async #work(tenant: Tenant, archive: OpenArchive): Promise<number> {
    const { door, leaseMs, failpoint, metrics } = this.#options;
    const { id, attempt, kind } = archive;
    let facts: (ArchiveFacts & { readonly isLast: boolean }) | undefined = archive;
    if (archive.state === 'open') {
      facts = await this.#export(tenant, archive);
      if (facts === undefined) {
        await door.write(tenant, (tx) => tx.run(statements.dropArchive, [id, attempt]));
        return 0;
      }
      failpoint('archive.written');
      await proveArchiveFile(this.#options.objects, facts);
      const values = [id, attempt, JSON.stringify(facts), leaseMs * CLAIM_LEASES];
      const isOurs = (await door.write(tenant, (tx) => tx.run(statements.storeArchive, values))).length === 1;
      if (!isOurs) throw new Error('another worker took the archive over');
      failpoint('archive.stored');
    }
    await this.#describe(tenant, archive, facts);
    failpoint('archive.described');
    const [row] = await door.write(tenant, (tx) => tx.run(ARCHIVE_CONTENTS[kind].remove, [id, attempt]));
    if (row?.rows == null) {
      await this.#release(tenant, archive, true);
      throw new Error('the rows have changed since the file was made; it is made anew');
    }
    metrics.archivedRows.labels(kind).inc(facts.rows);
    failpoint('archive.removed');
    return facts.rows;
  }

  /** The file of an archive. Undefined: there is nothing to put into it. */
  async #export(tenant: Tenant, { id, kind, attempt, cut }: OpenArchive): Promise<(ArchiveFacts & { isLast: boolean }) | undefined> {
    const { door, snapshots, objects } = this.#options;
    const [bounds] = await door.read(tenant, (tx) => tx.run(statements.archiveBounds, [kind, cut]));
    // A second attempt trusts nothing it was told of what went before.
    const known = (attempt === 1 ? bounds : undefined) as Partial<ArchiveBounds> | undefined;
    const limit = Math.max(ROWS.least, Math.floor(ROWS.most / 2 ** (attempt - 1)));
    const { afterId, afterVersion, since } = known ?? {};
    const query = ARCHIVE_CONTENTS[kind].rows({
      ...{ cut, limit, since: since ?? null },
      ...{ afterId: afterId ?? LOWEST_ID, afterVersion: afterVersion ?? 0 },
    });
    const batches = snapshots.read(tenant, query) as AsyncGenerator<readonly ArchiveRow[]>;
    const first = await batches.next();
    if (first.done) return undefined;
    const all = async function* () {
      yield first.value;
      yield* batches;
    };
    const facts = await writeArchiveFile(objects, archiveKey(tenant.tenantId, kind, id, `${attempt}.ndjson.gz`), all());
    return { ...facts, isLast: facts.rows < limit };
  }

  /** The manifest: says of the file what the archive's row says, for whoever has nothing but the bucket. What earlier attempts left goes. */
  async #describe(tenant: Tenant, { id, kind, cut }: OpenArchive, facts: ArchiveFacts & { readonly isLast: boolean }): Promise<void> {
    const { objects } = this.#options;
    const { key, rows, bytes, sha256, firstId, firstVersion, lastId, lastVersion, oldest, newest } = facts;
    const told = { format: 'tenantry-archive/1', tenantId: tenant.tenantId, id, kind, before: cut };
    const range = { firstId, firstVersion, lastId, lastVersion, oldest, newest };
    const manifest = { ...told, file: key, rows, bytes: Number(bytes), sha256, ...range };
    await objects.keepOnly(`${archiveKey(tenant.tenantId, kind, id)}/`, key);
    const place = archiveKey(tenant.tenantId, kind, `${id}.manifest.json`);
    await objects.put(place, Readable.from([JSON.stringify(manifest, null, 2)], { objectMode: false }), 'application/json');
  }

  async #release(tenant: Tenant, { id, attempt }: OpenArchive, isFileStale: boolean): Promise<void> {
    await this.#options.door.write(tenant, (tx) => tx.run(statements.releaseArchive, [id, attempt, isFileStale]));
  }
}

/** The beginning of the day of UTC that is so many days ago: one cut a day. */
function cutOf(days: number): string {
  const at = Date.now() - days * DAY_MS;
  return new Date(at - (at % DAY_MS)).toISOString();
}
