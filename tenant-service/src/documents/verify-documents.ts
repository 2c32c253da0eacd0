import { CHAIN_BEGINNING, chainHash } from '../event-log/event-chain.ts';
import type { EventLogReader } from '../event-log/event-log-reader.ts';
import type { LogVerdict } from '../event-log/verify-event-log.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { MongoDocuments } from './mongo-documents.ts';

const PAGE = 500;

/**
 * Follows the chain through the copy of a tenant's event log, as far as the log is copied, and compares its end with the log's. Nothing: nothing is copied yet.
 * @throws DocumentsAway, or what the door throws.
 */
export async function verifyDocuments(store: MongoDocuments, reader: EventLogReader, tenant: Tenant): Promise<LogVerdict | undefined> {
  const { tenantId } = tenant;
  const position = await store.use(({ positions }) => positions.findOne({ _id: tenantId }));
  if (position === null || position.seq === 0) return undefined;
  let hash: Buffer = CHAIN_BEGINNING;
  let seq = 0;
  while (seq < position.seq) {
    const after = seq;
    const copies = await store.use(({ audit }) =>
      audit
        .find({ tenantId, seq: { $gt: after, $lte: position.seq } })
        .sort({ seq: 1 })
        .limit(PAGE)
        .toArray(),
    );
    if (copies.length === 0) return { isWhole: false, seq: seq + 1, reason: 'it is missing' };
    for (const copy of copies) {
      seq += 1;
      if (copy.seq !== seq) return { isWhole: false, seq, reason: 'it is missing' };
      hash = chainHash(hash, seq, copy);
      if (hash.toString('hex') !== copy.hash) return { isWhole: false, seq, reason: 'it is not what was appended' };
    }
  }
  // A copy that was written anew as a whole has a chain of its own, which ends differently.
  const [original] = await reader.read(tenant, { after: seq - 1, limit: 1 });
  if (original?.seq !== seq || !original.hash.equals(hash)) return { isWhole: false, seq, reason: 'the event log has another one there' };
  const behind = await store.use(({ audit }) => audit.find({ tenantId }).sort({ seq: -1 }).limit(1).next());
  if (behind !== null && behind.seq > (await reader.last(tenant))) {
    return { isWhole: false, seq: behind.seq, reason: 'the event log has no such event' };
  }
  return { isWhole: true, events: seq, hash: hash.toString('hex') };
}
