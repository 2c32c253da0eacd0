import { EventLogReader } from '../event-log/event-log-reader.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { DocumentProjection } from './document-projection.ts';
import { DocumentsAway, type MongoDocuments } from './mongo-documents.ts';
import { verifyDocuments } from './verify-documents.ts';

type Say = (line: string) => void;

/** Says whether the copy of the tenant's event log is what was copied. Returns the exit code; documents that are away are no fault of theirs. */
export async function verifyCopy(store: MongoDocuments, door: Door, tenant: Tenant, say: Say): Promise<number> {
  const { slug } = tenant;
  try {
    const verdict = await verifyDocuments(store, new EventLogReader(door), tenant);
    if (verdict === undefined) say(`${slug}: nothing is copied to the documents yet`);
    else if (verdict.isWhole) say(`${slug}: ${verdict.events} events among the documents, the same as in the log`);
    else say(`${slug}: the documents are BROKEN at event ${verdict.seq}: ${verdict.reason}; forget-documents has them made anew`);
    return verdict === undefined || verdict.isWhole ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DocumentsAway)) throw error;
    say(`${slug}: the documents cannot be reached, so they were not looked at`);
    return 0;
  }
}

/** @throws DocumentsAway */
export async function forgetDocuments(store: MongoDocuments, door: Door, { tenantId, slug }: Tenant, say: Say): Promise<number> {
  const projection = new DocumentProjection({ store, door, reader: new EventLogReader(door), failpoint: () => {} });
  await projection.forget(tenantId);
  say(`${slug}: its documents are gone; a running projector makes them anew within seconds`);
  return 0;
}
