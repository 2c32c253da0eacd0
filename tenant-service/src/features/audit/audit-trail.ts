import { READ_TRAIL } from '../../documents/document-statements.ts';
import type { DocumentPosition, MongoDocuments } from '../../documents/mongo-documents.ts';
import { type AuditDocument, DocumentsAway } from '../../documents/mongo-documents.ts';
import type { NumberedEvent } from '../../event-log/event-log-reader.ts';
import { numbered } from '../../event-log/event-log-reader.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';

/** An event with who did it. */
export interface TrailEvent extends NumberedEvent {
  readonly actor: string | null;
  readonly change: string | null;
}

/** Which events are asked for. */
export interface TrailQuery {
  /** Those with smaller numbers. */
  readonly before: number;
  readonly limit: number;
  readonly type: string | undefined;
  readonly subject: string | undefined;
  readonly actor: string | undefined;
}

/** Behind every string that begins with a type. */
const LAST_CHARACTER = '\uffff';

/**
 * The event log backwards: what is copied to the documents from there, where an actor's rare events are found by an index; what is not copied yet, or all of it while
 * they are away, from the log itself. Both say the same, so a reader may meet one now and the other with the next page.
 */
export async function readTrail(
  door: Door,
  documents: MongoDocuments | undefined,
  tenant: Tenant,
  query: TrailQuery,
): Promise<TrailEvent[]> {
  const copied = await copiedUntil(documents, tenant);
  const ofLog = async (above: number, before: number, limit: number): Promise<TrailEvent[]> => {
    if (limit === 0 || before - above <= 1) return [];
    const values = [String(above), String(before), limit, query.type ?? null, query.subject ?? null, query.actor ?? null];
    const rows = await door.read(tenant, (tx) => tx.run(READ_TRAIL, values));
    return rows.map((row) => ({ ...numbered(row), actor: row.actor as string | null, change: row.change as string | null }));
  };
  const found = await ofLog(copied, query.before, query.limit);
  const before = Math.min(query.before, copied + 1);
  const limit = query.limit - found.length;
  if (limit === 0 || before <= 1) return found;
  try {
    return [...found, ...(await ofDocuments(documents as MongoDocuments, tenant, { ...query, before, limit }))];
  } catch (error) {
    if (!(error instanceof DocumentsAway)) throw error;
    return [...found, ...(await ofLog(0, before, limit))];
  }
}

async function copiedUntil(documents: MongoDocuments | undefined, { tenantId }: Tenant): Promise<number> {
  try {
    const position: DocumentPosition | null | undefined = await documents?.use(({ positions }) => positions.findOne({ _id: tenantId }));
    return position?.seq ?? 0;
  } catch (error) {
    if (!(error instanceof DocumentsAway)) throw error;
    return 0;
  }
}

async function ofDocuments(documents: MongoDocuments, { tenantId }: Tenant, query: TrailQuery): Promise<TrailEvent[]> {
  const { before, limit, type, subject, actor } = query;
  const copies = await documents.use(({ audit }) =>
    audit
      .find({
        tenantId,
        seq: { $lt: before },
        // A text has been checked to be one; an object here would be a query of the caller's.
        ...(type === undefined ? {} : { type: { $gte: type, $lt: `${type}${LAST_CHARACTER}` } }),
        ...(subject === undefined ? {} : { subject }),
        ...(actor === undefined ? {} : { actor }),
      })
      .sort({ seq: -1 })
      .limit(limit)
      .toArray(),
  );
  return copies.map(toEvent);
}

function toEvent({ seq, id, type, subject, version, time, traceparent, data, hash, actor, change }: AuditDocument): TrailEvent {
  return { seq, id, type, subject, version, time, traceparent, data, hash: Buffer.from(hash, 'hex'), actor, change };
}
