import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { MongoDocuments } from '@tenantry/tenant-service/documents/mongo-documents.ts';
import { createLog } from '@tenantry/tenant-service/telemetry/log.ts';
import { rowsOf } from './cell-eye.ts';
import { holds } from './holds.ts';
import { localPlatform } from './local-platform.ts';
import type { TestTenant } from './test-tenant.ts';
import type { LogRow } from './verify-events.ts';

/** Waits until the documents of a tenant are as far as its event log was. @throws saying how far they are after `limitMs` */
export async function copiesCaughtUp({ name, tenantId }: TestTenant, limitMs: number): Promise<void> {
  const [row] = await rowsOf<{ last: number }>(name, 'select coalesce(max(seq), 0)::int as last from {schema}.events');
  const last = row?.last ?? 0;
  await using documents = openDocuments();
  await eventually(
    async () => {
      const position = await documents.store.use(({ positions }) => positions.findOne({ _id: tenantId }));
      if (last > 0 && (position?.seq ?? 0) < last) throw new Error(`the documents of ${name} are at event ${position?.seq} of ${last}`);
    },
    { limitMs, everyMs: 200 },
  );
}

/** I3: the audit trail in the document server is the event log, event by event, also after that server has lost some or all of it. */
export async function everyEventIsCopied({ name, tenantId }: TestTenant, log: readonly LogRow[]): Promise<void> {
  // What was appended since the log was read is copied as well.
  const seq = { $lte: Number(log.at(-1)?.seq ?? 0) };
  await using documents = openDocuments();
  await eventually(
    async () => {
      const copies = await documents.store.use(({ audit }) => audit.find({ tenantId, seq }).sort({ seq: 1 }).toArray());
      holds(
        `I3: copies of the event log of ${name}`,
        copies.map((copy) => `${copy.seq} ${copy.id} ${copy.hash}`),
        log.map(({ seq, id, hash }) => `${seq} ${id} ${hash.toString('hex')}`),
      );
    },
    { limitMs: 60_000, everyMs: 500 },
  );
}

function openDocuments() {
  const login = { ...localPlatform().mongo, auth: undefined, ca: undefined };
  const store = new MongoDocuments(login, 'e2e', createLog('silent', 'e2e'));
  return { store, [Symbol.asyncDispose]: () => store.close() };
}
