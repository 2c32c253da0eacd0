import { FollowedStreams, type StreamRules } from '../http/followed-streams.ts';
import type { EventLogReader } from './event-log-reader.ts';
import { EventSubscription, type StreamRequest } from './event-subscription.ts';

interface EventStreamsOptions extends StreamRules {
  readonly reader: EventLogReader;
}

/** One small read for all streams of a tenant, when nothing is heard. */
const LOOK_MS = 1000;

/**
 * The open event streams of a process. One look a second at each log that somebody follows, and one at once when it is said to have grown; streams read only when it has.
 */
export class EventStreams {
  readonly #reader: EventLogReader;
  readonly #followed: FollowedStreams<StreamRequest, EventSubscription>;

  constructor({ reader, ...rules }: EventStreamsOptions) {
    this.#reader = reader;
    this.#followed = new FollowedStreams({
      ...rules,
      lookMs: LOOK_MS,
      look: async (tenant, subscriptions) => {
        const last = await reader.last(tenant);
        for (const subscription of subscriptions) subscription.grown(last);
      },
    });
  }

  /** Bytes of the stream. @throws Problem too-many-requests, unavailable when this process is about to end. */
  open(request: StreamRequest): EventSubscription {
    const subscription = this.#followed.open(request, (life) => new EventSubscription(this.#reader, request, life));
    this.heard(request.tenant.tenantId);
    return subscription;
  }

  /** A tenant's log may have grown. */
  heard(tenantId: string): void {
    this.#followed.heard(tenantId);
  }

  /** Ends all streams; their readers come back to another process. */
  close(): void {
    this.#followed.close();
  }
}
