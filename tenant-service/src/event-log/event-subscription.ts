import { ServerSentEvents, type StreamLife } from '../http/server-sent-events.ts';
import type { Actor } from '../identity/actor.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { eventDocument } from './event-document.ts';
import type { EventLogReader, EventQuery, NumberedEvent } from './event-log-reader.ts';

/** Who follows which log from where. */
export interface StreamRequest extends EventQuery {
  readonly tenant: Tenant;
  readonly actor: Actor;
}

/** Events of one read: what one stream holds at most in front of a reader that takes nothing, beside the 64 KiB on the way. */
const PAGE = 20;

/** A tenant's events as they are logged. Holds one page of them at most: while the reader does not take it, nothing more is read. */
export class EventSubscription extends ServerSentEvents {
  readonly request: StreamRequest;
  readonly #reader: EventLogReader;
  /** Everything up to here was sent or is not for this reader. */
  #position: number;
  #last = 0;
  #pumping = false;

  constructor(reader: EventLogReader, request: StreamRequest, life: StreamLife) {
    super(life);
    this.#reader = reader;
    this.request = request;
    this.#position = request.after;
  }

  /** The log's last event has this number. */
  grown(last: number): void {
    if (last === this.#last && last === this.#position) return;
    this.#last = last;
    void this.#pump();
  }

  protected override heartbeat(): string {
    // While events wait to be sent the place is theirs to move.
    return this.#pumping ? super.heartbeat() : `: here\nid: ${this.#position}\n\n`;
  }

  /** Never rejects. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.isOver && this.#position !== this.#last) {
        await this.room();
        if (this.isOver) return;
        const { last, events } = await this.#reader.page(this.request.tenant, { ...this.request, after: this.#position, limit: PAGE });
        if (last < this.#position) {
          // A backup took the log's place. What came after its end never was; what comes from now on has those numbers again.
          this.#position = last;
          this.#last = last;
          this.send(`: the log ends here\nid: ${last}\n\n`);
          return;
        }
        this.#sendAll(events);
        const lastSent = events.at(-1)?.seq ?? 0;
        const isWhole = events.length === PAGE;
        this.#position = isWhole ? lastSent : Math.max(last, lastSent);
        // What was heard while this was read is worth one more look; a number that is not there then never comes.
        if (isWhole) this.#last = Math.max(last, lastSent);
        else if (this.#last < this.#position || events.length === 0) this.#last = this.#position;
      }
    } catch {
      // The database is away: the next look begins here again.
      this.#last = this.#position;
    } finally {
      this.#pumping = false;
    }
  }

  #sendAll(events: readonly NumberedEvent[]): void {
    if (events.length === 0) return;
    this.send(events.map((event) => `id: ${event.seq}\ndata: ${eventDocument(this.request.tenant, event)}\n\n`).join(''));
  }
}
