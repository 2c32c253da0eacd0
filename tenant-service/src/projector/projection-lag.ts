/** How long what was appended last is remembered as the lag of now. */
const FRESH_MS = 10_000;

/** How far the event logs are behind what has happened, as far as it can be seen here: the age of the oldest event that waits, or of the last one that was appended. */
export class ProjectionLag {
  readonly #waiting = new Map<string, number>();
  #last = { at: Number.NEGATIVE_INFINITY, ms: 0 };
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Events of a place are in our hands; the oldest happened then. */
  began(place: string, oldest: number | undefined): void {
    if (oldest !== undefined) this.#waiting.set(place, oldest);
  }

  /** Something of a place waits since then, if not since before. */
  waits(place: string, since: number): void {
    this.#waiting.set(place, Math.min(since, this.#waiting.get(place) ?? since));
  }

  /** They are appended. */
  ended(place: string): void {
    const oldest = this.#waiting.get(place);
    if (oldest === undefined) return;
    this.#waiting.delete(place);
    this.#last = { at: this.#now(), ms: Math.max(0, this.#now() - oldest) };
  }

  seconds(): number {
    const now = this.#now();
    const waits = [...this.#waiting.values()].map((oldest) => now - oldest);
    const last = now - this.#last.at < FRESH_MS ? this.#last.ms : 0;
    return Math.max(0, last, ...waits) / 1000;
  }
}
