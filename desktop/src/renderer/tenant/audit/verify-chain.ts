/** An entry of the audit trail, as far as its place in the hash chain depends on it. */
export interface ChainEntry {
  readonly hash: string;
  readonly event: {
    readonly sequence: string;
    readonly id: string;
    readonly type: string;
    readonly subject: string;
    readonly aggregateversion: string;
    readonly time: string;
    readonly traceparent?: string | undefined;
  };
  /** Data of the event as it was published. */
  readonly dataText: string;
}

/** What following the chain came to: how many links hold, and the first that does not. */
export interface ChainFinding {
  readonly proven: number;
  readonly brokenAt: string | undefined;
}

/** The hash before the first event. */
const BEGINNING = '0'.repeat(64);

/**
 * Follows the chain through entries without gaps, newest first: each hash must come from the hash before it and the event itself
 * (docs/guides/events.md, Proof). The oldest entry proves nothing alone, unless it is the very first.
 */
export async function verifyChain(entries: readonly ChainEntry[]): Promise<ChainFinding> {
  let proven = 0;
  for (const [at, entry] of entries.entries()) {
    const before = entry.event.sequence === '1' ? BEGINNING : entries[at + 1]?.hash;
    if (before === undefined) break;
    const next = entries[at + 1];
    if (next !== undefined && Number(next.event.sequence) !== Number(entry.event.sequence) - 1)
      return { proven, brokenAt: entry.event.sequence };
    if ((await linkOf(before, entry)) !== entry.hash) return { proven, brokenAt: entry.event.sequence };
    proven += 1;
  }
  return { proven, brokenAt: undefined };
}

async function linkOf(before: string, { event, dataText }: ChainEntry): Promise<string> {
  const { sequence, id, type, subject, aggregateversion, time, traceparent = null } = event;
  const text = JSON.stringify([Number(sequence), id, type, subject, Number(aggregateversion), time, traceparent, dataText]);
  const bytes = new TextEncoder().encode(text);
  const whole = new Uint8Array(32 + bytes.length);
  whole.set(Uint8Array.from(before.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
  whole.set(bytes, 32);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
