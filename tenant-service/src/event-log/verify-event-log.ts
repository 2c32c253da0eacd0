import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { CHAIN_BEGINNING, chainHash } from './event-chain.ts';
import { EventLogReader } from './event-log-reader.ts';
import { LOG_END } from './event-log-statements.ts';

/** What following a log's chain came to. */
export type LogVerdict =
  | { readonly isWhole: true; readonly events: number; readonly hash: string }
  /** The event with this number is missing, or is not what was appended. */
  | { readonly isWhole: false; readonly seq: number; readonly reason: string };

const PAGE = 500;

/** Follows the hash chain from the first event to the end. @throws what the door throws. */
export async function verifyEventLog(door: Door, tenant: Tenant): Promise<LogVerdict> {
  const reader = new EventLogReader(door);
  // The end first: what is appended meanwhile is behind it.
  const [row] = await door.read(tenant, (tx) => tx.run(LOG_END, [[]]));
  const end = row as { seq: string; hash: Buffer };
  const last = { seq: Number(end.seq), hash: end.hash.toString('hex') };
  let hash: Buffer = CHAIN_BEGINNING;
  let seq = 0;
  while (seq < last.seq) {
    const events = await reader.read(tenant, { after: seq, limit: Math.min(PAGE, last.seq - seq) });
    if (events.length === 0) return { isWhole: false, seq: seq + 1, reason: 'it is missing' };
    for (const event of events) {
      seq += 1;
      if (event.seq !== seq) return { isWhole: false, seq, reason: 'it is missing' };
      hash = chainHash(hash, seq, event);
      if (!hash.equals(event.hash)) return { isWhole: false, seq, reason: 'it is not what was appended' };
    }
  }
  if (hash.toString('hex') !== last.hash) return { isWhole: false, seq: seq + 1, reason: 'the end of the log is another one' };
  return { isWhole: true, events: seq, hash: last.hash };
}
