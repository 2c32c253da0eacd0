import { setTimeout as sleep } from 'node:timers/promises';
import { EventReader, type StreamedEvent } from '@tenantry/tenant-service/testing/read-events.ts';

/** Comes back this soon after a stream has ended, as a decent client does. */
const AGAIN_MS = 500;

/** Follows a tenant's event stream from the beginning, and goes on behind the last event seen whenever the stream ends. */
export class StreamFollower {
  readonly #stop = new AbortController();
  readonly #earlier: StreamedEvent[] = [];
  #reader: EventReader | undefined;
  #lastId = '0';
  readonly #running: Promise<void>;
  /** Streams that were opened. */
  streams = 0;

  constructor(url: string, token: () => Promise<string>) {
    this.#running = this.#run(`${url}/v1/events/stream`, token);
  }

  /** In the order they came. */
  get events(): readonly StreamedEvent[] {
    return [...this.#earlier, ...(this.#reader?.events ?? [])];
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(url: string, token: () => Promise<string>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      // Whatever ends it, what has not been seen comes with the next one.
      await this.#follow(url, token, signal).catch(() => {});
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #follow(url: string, token: () => Promise<string>, signal: AbortSignal): Promise<void> {
    const headers = { authorization: `Bearer ${await token()}`, 'last-event-id': this.#lastId };
    const response = await fetch(url, { headers, signal });
    if (response.status !== 200 || response.body === null) throw new Error(`the stream answered ${response.status}`);
    this.streams += 1;
    this.#reader = new EventReader(response.body);
    try {
      await this.#reader.ended;
    } finally {
      this.#earlier.push(...this.#reader.events);
      this.#lastId = this.#reader.lastId || this.#lastId;
      this.#reader = undefined;
    }
  }
}
