import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { DeliveryTicket } from './delivery-ticket.ts';
import { oldestDueSeconds, queueDue } from './due-webhooks.ts';

/** Of one endpoint in a queue or in hands at once: its share when it answers, its cost when it hangs. */
const PER_ENDPOINT = 16;
const AT_ONCE = 1000;
const RECONNECT_MS = 1000;
const LOOK_MS = 10_000;
/** Times as long as a round took nothing is looked at: with hundreds of lines a round costs the database a hundredth of a second. */
const REST = 3;
/** A round that found so many was worth it, and the next one need not wait. */
const WORTH_IT = 100;

interface WebhookDispatcherOptions {
  readonly connection: pg.ClientConfig;
  readonly queue: {
    readonly room: () => Promise<number>;
    readonly publish: (tickets: readonly DeliveryTicket[]) => Promise<void>;
  };
  /** A ticket nobody worked in this time is given out again. */
  readonly leaseMs: number;
  readonly poll: { readonly minMs: number; readonly maxMs: number };
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Gives what is due to the queue, from the rows: what a queue has lost comes again, and while it is away everything waits where it is. Every
 * sender does it; rows that one of them has in hand the others pass over. Resolves when `signal` is aborted.
 */
export async function dispatchWebhooks(options: WebhookDispatcherOptions, signal: AbortSignal): Promise<void> {
  const { log } = options;
  while (!signal.aborted) {
    const client = new pg.Client(options.connection);
    client.on('error', () => {});
    try {
      await client.connect();
      await rounds(client, options, signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'what is due could not be looked at; trying again');
    } finally {
      await client.end().catch(() => {});
    }
    await pause(RECONNECT_MS, undefined, { signal }).catch(() => {});
  }
}

async function rounds(client: pg.Client, options: WebhookDispatcherOptions, signal: AbortSignal): Promise<void> {
  const { queue, leaseMs, poll, log, metrics } = options;
  let waitMs = poll.minMs;
  let lookedAt = 0;
  while (!signal.aborted) {
    const room = await queue.room();
    const startedAt = performance.now();
    const tickets = room === 0 ? [] : await queueDue(client, { perEndpoint: PER_ENDPOINT, inAll: Math.min(room, AT_ONCE), leaseMs });
    if (tickets.length > 0) {
      await queue.publish(tickets).catch((error: unknown) => {
        // Their lease ends, and they are due again.
        log.warn({ err: error, tickets: tickets.length }, 'the queue did not take what is due');
      });
    }
    const found = tickets.reduce((sum, { deliveryIds }) => sum + deliveryIds.length, 0);
    metrics.webhooksQueued.inc(found);
    const tookMs = performance.now() - startedAt;
    if (Date.now() - lookedAt > LOOK_MS) {
      lookedAt = Date.now();
      metrics.oldestWebhookSeconds.set(await oldestDueSeconds(client));
    }
    waitMs = tickets.length > 0 ? poll.minMs : Math.min(waitMs * 2, poll.maxMs);
    const restMs = found >= WORTH_IT ? 0 : Math.min(REST * tookMs, poll.maxMs);
    await pause(Math.max(waitMs, restMs), undefined, { signal }).catch(() => {});
  }
}
