/**
 * Whether the api of each tenant can be reached, as the calls of this window find out: one that nobody answered says no, the next answer says yes. A
 * refusal is an answer.
 */
export class ApiReach {
  readonly #unreached = new Set<string>();
  readonly #heardAt = new Map<string, number>();
  /** Hash of a query → when what it shows was seen, for what was not read by this window. */
  readonly #shownFrom = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The api has said something. */
  answered(tenant: string): void {
    this.#heardAt.set(tenant, this.#now());
    if (this.#unreached.delete(tenant)) this.#tell();
  }

  /** Something came by a stream that is still open. One that was opened before says nothing about calls of now. */
  heard(tenant: string): void {
    if (!this.#unreached.has(tenant)) this.#heardAt.set(tenant, this.#now());
  }

  /** Nobody answered. */
  missed(tenant: string): void {
    if (this.#unreached.has(tenant)) return;
    this.#unreached.add(tenant);
    this.#tell();
  }

  /** A query shows what was kept from another time. @param at in ISO 8601 */
  shows(queryHash: string, at: string): void {
    this.#shownFrom.set(queryHash, Date.parse(at));
    this.#tell();
  }

  /** A query shows what the api said to this window. */
  showsAnswer(queryHash: string): void {
    this.#shownFrom.delete(queryHash);
  }

  isReached(tenant: string): boolean {
    return !this.#unreached.has(tenant);
  }

  /** As of when everything on screen is so. @param queryHashes of what is on screen @returns undefined when nothing is known from any time */
  asOf(tenant: string, queryHashes: readonly string[]): number | undefined {
    const times = queryHashes.map((hash) => this.#shownFrom.get(hash) ?? this.#heardAt.get(tenant)).filter((at) => at !== undefined);
    return times.length === 0 ? this.#heardAt.get(tenant) : Math.min(...times);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The window's own. */
export const apiReach = new ApiReach();
