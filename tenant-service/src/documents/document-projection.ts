import { randomUUID } from 'node:crypto';
import type { EventLogReader, NumberedEvent } from '../event-log/event-log-reader.ts';
import type { Failpoint } from '../failpoint.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { auditDocuments, auditId, touchedCustomers } from './copied-event.ts';
import { NEXT_CUSTOMERS, OWNERS, READ_PROFILES } from './document-statements.ts';
import {
  type AuditDocument,
  type DocumentPosition,
  type Documents,
  isTaken,
  type MongoDocuments,
  type ProfileReading,
  placesTaken,
} from './mongo-documents.ts';

interface ProjectionParts {
  readonly store: MongoDocuments;
  readonly door: Door;
  readonly reader: EventLogReader;
  readonly failpoint: Failpoint;
}

/** Events, or customers, of one step. A customer's profile is made once a step, however many of its events tell of that customer. */
const PAGE = 1000;
const [LOWEST, HIGHEST] = ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];

/**
 * Event log → documents of one tenant. Where it is, is kept among the documents: with those gone it begins anew, profiles from the rows, the audit copy from the log.
 * Everything it writes can be written again, also by two processes at once.
 */
export class DocumentProjection {
  readonly #parts: ProjectionParts;

  constructor(parts: ProjectionParts) {
    this.#parts = parts;
  }

  /** Does the next step. False: nothing is left to do. @throws DocumentsAway, or what the door throws; the step is done again then. */
  async step(tenant: Tenant): Promise<boolean> {
    const { store, reader, failpoint } = this.#parts;
    const position = await store.use(({ positions }) => positions.findOne({ _id: tenant.tenantId }));
    if (position === null) return await this.#begin(tenant);
    if (position.filledTo < HIGHEST) return await this.#fill(tenant, position);

    // The last one that is copied comes along: it is still the same, or the log is another one, or the documents have lost some of theirs, from a backup for instance.
    const [{ events }, copy] = await Promise.all([
      reader.page(tenant, { after: Math.max(0, position.seq - 1), limit: PAGE + 1 }),
      store.use(({ audit }) => audit.findOne({ _id: auditId(tenant, position.seq) }, { projection: { hash: 1 } })),
    ]);
    if (position.seq > 0) {
      const known = events.shift();
      if (known?.seq !== position.seq || known.hash.toString('hex') !== position.hash || copy?.hash !== position.hash) {
        await this.forget(tenant.tenantId);
        return true;
      }
    }
    const last = events.at(-1);
    if (last === undefined) return false;
    await this.#copy(tenant, events, position.profilesFrom);
    failpoint('documents.copied');
    await store.use(({ positions }) =>
      // Only of the same beginning and only forwards: another process may have been faster.
      positions.updateOne(
        { _id: tenant.tenantId, epoch: position.epoch, seq: { $lt: last.seq } },
        { $set: { seq: last.seq, hash: last.hash.toString('hex') } },
      ),
    );
    return events.length >= PAGE;
  }

  /** Removes everything of a tenant. The position goes last: killed before it, this is done again. */
  async forget(tenantId: string): Promise<void> {
    await this.#parts.store.use(async ({ audit, profiles, positions }) => {
      await audit.deleteMany({ tenantId });
      await profiles.deleteMany({ tenantId });
      await positions.deleteOne({ _id: tenantId });
    });
  }

  async #begin(tenant: Tenant): Promise<boolean> {
    const { store, reader } = this.#parts;
    await store.prepare();
    const position: DocumentPosition = {
      _id: tenant.tenantId,
      epoch: randomUUID(),
      seq: 0,
      hash: '',
      profilesFrom: await reader.last(tenant),
      filledTo: LOWEST,
    };
    await store
      .use(({ positions }) => positions.insertOne(position))
      .catch((error: unknown) => {
        if (!isTaken(error)) throw error;
      });
    return true;
  }

  /** Profiles of customers who were there before anybody followed the log. */
  async #fill(tenant: Tenant, { epoch, filledTo }: DocumentPosition): Promise<boolean> {
    const { store, reader, door, failpoint } = this.#parts;
    const last = await reader.last(tenant);
    const rows = await door.read(tenant, (tx) => tx.run(NEXT_CUSTOMERS, [filledTo, PAGE]));
    const ids = rows.map(({ id }) => id as string);
    await this.#writeProfiles(tenant, last, ids, []);
    failpoint('documents.filled');
    const next = ids.length < PAGE ? HIGHEST : (ids.at(-1) as string);
    await store.use(({ positions }) => positions.updateOne({ _id: tenant.tenantId, epoch }, { $max: { filledTo: next } }));
    return true;
  }

  async #copy(tenant: Tenant, events: readonly NumberedEvent[], profilesFrom: number): Promise<void> {
    const { store, door } = this.#parts;
    const { customers, accounts } = touchedCustomers(events.filter(({ seq }) => seq > profilesFrom));
    await allOf([
      auditDocuments(door, tenant, events).then((documents) => putAll(store, documents)),
      this.#writeProfiles(tenant, events.at(-1)?.seq ?? 0, customers, accounts),
    ]);
  }

  /** As the rows are now, which is no earlier than what event `seq` tells of. */
  async #writeProfiles(tenant: Tenant, seq: number, customers: readonly string[], accounts: readonly string[]): Promise<void> {
    const owners = accounts.length === 0 ? [] : await this.#parts.door.read(tenant, (tx) => tx.run(OWNERS, [accounts]));
    const ids = [...new Set([...customers, ...owners.map(({ id }) => id as string)])];
    const parts = partsOf(ids, PROFILES_AT_ONCE);
    const lane = async (): Promise<void> => {
      for (const part of parts) await this.#writePart(tenant, seq, part);
    };
    // While one waits for the documents' server the other is read.
    await allOf([lane(), lane()]);
  }

  async #writePart(tenant: Tenant, seq: number, ids: readonly string[]): Promise<void> {
    const { store, door } = this.#parts;
    const { tenantId } = tenant;
    const rows = await door.read(tenant, (tx) => tx.run(READ_PROFILES, [ids]));
    const changes = rows.map(({ id, stamp, profile }) => {
      const reading: ProfileReading = { seq, stamp: stamp as string | null, profile: profile as string | null };
      // Found by its id alone: with more in the filter the server of the local stack reads all documents there are.
      return {
        updateOne: { filter: { _id: `${tenantId}/${id}` }, update: { $max: { reading }, $setOnInsert: { tenantId } }, upsert: true },
      };
    });
    await store.use(({ profiles }) => profiles.bulkWrite(changes, { ordered: false }));
  }
}

/** Of one statement, which has the tenant's time limit: a profile takes a millisecond or two to be read. */
const PROFILES_AT_ONCE = 100;
/** Of one command, which has a time limit as well, also of a server that is slow. */
const COPIES_AT_ONCE = 200;

function* partsOf<T>(all: readonly T[], atOnce: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += atOnce) yield all.slice(at, at + atOnce);
}

/** All of them have ended before the first failure is told, so nothing is written behind a step that is over. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(works)) if (end.status === 'rejected') throw end.reason;
}

/** Nearly all are new and only added. What is there already was put there by whoever was killed, or is of a log that is no longer this one. */
async function putAll(store: MongoDocuments, documents: readonly AuditDocument[]): Promise<void> {
  for (const part of partsOf(documents, COPIES_AT_ONCE)) await store.use(({ audit }) => putPart(audit, part));
}

async function putPart(audit: Documents['audit'], documents: readonly AuditDocument[]): Promise<void> {
  const taken = await audit.insertMany([...documents], { ordered: false }).then(() => [], placesTaken);
  if (taken.length === 0) return;
  const replaced = taken.flatMap((place) => documents[place] ?? []);
  await audit.bulkWrite(
    replaced.map(({ _id, ...document }) => ({ replaceOne: { filter: { _id }, replacement: document, upsert: true } })),
    { ordered: false },
  );
}
