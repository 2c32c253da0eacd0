import { Readable } from 'node:stream';

/** How a stream of server-sent events lives and ends. */
export interface StreamLife {
  /** It ends in order by then. */
  readonly lastsMs: number;
  /** A reader that takes nothing for this long, although there is something to take, is let go. */
  readonly stalledMs: number;
}

/** Of an answer that is such a stream. The last for proxies that would wait for more. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;

/** Proxies close what is silent for a minute; a comment shows that we live. */
const HEARTBEAT_MS = 15_000;
/** When the reader is to come back after the stream has ended, in ms. */
const RETRY_MS = 1000;

/**
 * One stream of server-sent events (WHATWG HTML, 9.2) to one reader. Subclasses say what is sent; they send only while {@link mayPush}, so that a slow
 * reader never makes a queue.
 */
export abstract class ServerSentEvents extends Readable {
  readonly #timers: NodeJS.Timeout[];
  readonly #stalledMs: number;
  #finished = false;
  #mayPush = true;
  #pushedBytes = 0;
  #takenBytes = 0;
  #takenAt = performance.now();
  /** Resumes whoever waits for the reader. */
  #onRoom: () => void = () => {};

  constructor({ lastsMs, stalledMs }: StreamLife) {
    super({ highWaterMark: 65_536 });
    this.#stalledMs = stalledMs;
    this.#timers = [
      setInterval(() => this.#beat(), Math.min(HEARTBEAT_MS, stalledMs / 2)),
      setTimeout(() => this.finish('token or time is over'), Math.max(0, lastsMs)),
    ];
    for (const timer of this.#timers) timer.unref();
    this.send(`retry: ${RETRY_MS}\n\n`);
  }

  /** Nothing more is sent: it ended in order, or its reader is gone. */
  get isOver(): boolean {
    return this.#finished || this.destroyed;
  }

  protected get mayPush(): boolean {
    return this.#mayPush;
  }

  /** Ends the stream in order. */
  finish(why: string): void {
    if (this.isOver) return;
    this.send(`: ${why}\n\n`);
    this.#finished = true;
    this.push(null);
    this.#onRoom();
    // Who takes not even the end holds up the end of the server.
    this.#timers.push(setTimeout(() => this.destroy(), this.#stalledMs).unref());
  }

  override _read(): void {
    this.#mayPush = true;
    this.#onRoom();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#onRoom();
    callback(error);
  }

  protected send(text: string): void {
    if (this.isOver) return;
    const bytes = Buffer.from(text);
    this.#pushedBytes += bytes.length;
    this.#mayPush = this.push(bytes);
  }

  /** Resolves when the reader took what was sent, or the stream is over. */
  protected async room(): Promise<void> {
    if (this.#mayPush || this.isOver) return;
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve;
    });
  }

  /** What is said every few seconds. */
  protected heartbeat(): string {
    return ': here\n\n';
  }

  #beat(): void {
    const taken = this.#pushedBytes - this.readableLength;
    if (this.readableLength === 0 || taken !== this.#takenBytes) {
      this.#takenBytes = taken;
      this.#takenAt = performance.now();
    } else if (performance.now() - this.#takenAt > this.#stalledMs) {
      this.destroy();
      return;
    }
    // In front of a reader who takes nothing it would only be more to hold.
    if (this.#mayPush) this.send(this.heartbeat());
  }
}
