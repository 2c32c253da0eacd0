import type { EventRecord } from '@tenantry/contracts';

/** Under a broker's `message.max.bytes` (1 MiB by default), which holds for all records of one partition in one request. */
const MOST_BYTES = 900_000;
/** Key, headers and framing of a record. */
const OVERHEAD_BYTES = 700;

/** Some of what one topic is to take. */
export interface Chunk<E> {
  readonly topic: string;
  readonly entries: readonly E[];
}

/** Cuts what the topics are to take into requests a broker accepts: each request has at most one chunk of a topic, and they follow each other in order. */
export function recordChunks<E extends readonly [unknown, { readonly record: EventRecord }]>(
  topics: ReadonlyMap<string, readonly E[]>,
  mostBytes = MOST_BYTES,
): Chunk<E>[][] {
  const requests: Chunk<E>[][] = [];
  for (const [topic, all] of topics) {
    let entries: E[] = [];
    let bytes = 0;
    let request = 0;
    const close = (): void => {
      requests[request] ??= [];
      requests[request]?.push({ topic, entries });
      request += 1;
    };
    for (const entry of all) {
      const size = Buffer.byteLength(entry[1].record.value) + OVERHEAD_BYTES;
      if (entries.length > 0 && bytes + size > mostBytes) {
        close();
        [entries, bytes] = [[], 0];
      }
      entries.push(entry);
      bytes += size;
    }
    if (entries.length > 0) close();
  }
  return requests;
}
