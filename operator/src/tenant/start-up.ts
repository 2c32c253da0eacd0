/**
 * Tenants that nothing is known to have happened to since this process began to lead. Each is first taken at its word, by its status and what is
 * watched; whatever happens to one before its turn makes it one to be looked at.
 */
export class StartUp {
  readonly #left = new Set<string>();
  /** Everyone has had a turn. */
  readonly done: Promise<void>;
  #finish: () => void = () => {};

  constructor() {
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  begin(names: Iterable<string>): void {
    for (const name of names) this.#left.add(name);
    this.#finishIfEmpty();
  }

  /** Something asks for a look at this tenant. */
  isAskedFor(name: string): void {
    if (this.#left.delete(name)) this.#finishIfEmpty();
  }

  /** Its turn has come. Whether it may be taken at its word. */
  take(name: string): boolean {
    const isFirst = this.#left.delete(name);
    if (isFirst) this.#finishIfEmpty();
    return isFirst;
  }

  #finishIfEmpty(): void {
    if (this.#left.size === 0) this.#finish();
  }
}
