import type { Actor } from '../identity/actor.ts';
import type { Log } from '../telemetry/log.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { ServerSentEvents, StreamLife } from './server-sent-events.ts';
import type { StreamSeats } from './stream-seats.ts';

/** Who follows something of which tenant. */
export interface FollowRequest {
  readonly tenant: Tenant;
  readonly actor: Actor;
}

/** What streams of every kind share. */
export interface StreamRules {
  /** Nothing: the actor may not read it any more. */
  readonly mayRead: (request: FollowRequest) => boolean;
  readonly seats: StreamSeats;
  /** Streams end by then, also of longer tokens: it spreads clients over replicas. */
  readonly limitMs: number;
  readonly stalledMs: number;
  readonly log: Log;
}

interface FollowedStreamsOptions<Stream> extends StreamRules {
  /** How often a tenant that somebody follows is looked at when nothing is heard. */
  readonly lookMs: number;
  /** Tells a tenant's streams what is new. What it throws is logged; the next look finds it. */
  readonly look: (tenant: Tenant, streams: ReadonlySet<Stream>) => Promise<void>;
}

type FollowedStream<Request> = ServerSentEvents & { readonly request: Request };

interface Followed<Stream> {
  readonly tenant: Tenant;
  readonly streams: Set<Stream>;
  looking: boolean;
  /** Something was heard while it was looked. */
  again: boolean;
}

/** The open streams of one kind in a process, by tenant: one look for all of a tenant's. While nobody follows, nothing is read. */
export class FollowedStreams<Request extends FollowRequest, Stream extends FollowedStream<Request>> {
  readonly #options: FollowedStreamsOptions<Stream>;
  readonly #followed = new Map<string, Followed<Stream>>();
  readonly #clock: NodeJS.Timeout;

  constructor(options: FollowedStreamsOptions<Stream>) {
    this.#options = options;
    this.#clock = setInterval(() => this.#lookAtAll(), options.lookMs).unref();
  }

  /** @throws Problem too-many-requests, unavailable when this process is about to end. */
  open({ tenant, actor }: Request, make: (life: StreamLife) => Stream): Stream {
    const { seats, limitMs, stalledMs } = this.#options;
    const leave = seats.take(tenant.tenantId, actor.subject);
    const stream = make({ lastsMs: Math.min(actor.expiresAtMs - Date.now(), limitMs), stalledMs });
    const followed = this.#followed.get(tenant.tenantId) ?? { tenant, streams: new Set(), looking: false, again: false };
    followed.streams.add(stream);
    this.#followed.set(tenant.tenantId, followed);
    stream.once('close', () => {
      leave();
      followed.streams.delete(stream);
      if (followed.streams.size === 0) this.#followed.delete(tenant.tenantId);
    });
    return stream;
  }

  /** There may be something new of a tenant. */
  heard(tenantId: string): void {
    const followed = this.#followed.get(tenantId);
    if (followed === undefined) return;
    followed.again = true;
    void this.#look(followed);
  }

  /** Ends all streams; their readers come back to another process. */
  close(): void {
    clearInterval(this.#clock);
    for (const { streams } of this.#followed.values()) for (const stream of streams) stream.finish('restart');
  }

  #lookAtAll(): void {
    for (const followed of this.#followed.values()) {
      for (const stream of followed.streams) if (!this.#options.mayRead(stream.request)) stream.finish('not allowed any more');
      void this.#look(followed);
    }
  }

  /** Never rejects. */
  async #look(followed: Followed<Stream>): Promise<void> {
    if (followed.looking) return;
    followed.looking = true;
    try {
      do {
        followed.again = false;
        await this.#options.look(followed.tenant, followed.streams);
      } while (followed.again && followed.streams.size > 0);
    } catch (error) {
      this.#options.log.debug({ err: error, tenantId: followed.tenant.tenantId }, 'what streams follow could not be looked at');
    } finally {
      followed.looking = false;
    }
  }
}
