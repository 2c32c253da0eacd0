/**
 * Something that is loaded with its first use, and once. For libraries that few requests need: what a process never uses stays out of its memory
 * and out of its start. A load that failed is tried again with the next use.
 */
export class Late<T> {
  readonly #load: () => Promise<T>;
  #loaded: Promise<T> | undefined;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  get(): Promise<T> {
    this.#loaded ??= this.#load().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  /** For its end: what was never used is not loaded to be closed. Never rejects because of a load that failed. */
  async ifUsed<R>(use: (value: T) => R): Promise<Awaited<R> | undefined> {
    const loaded = await this.#loaded?.then(
      (value) => ({ value }),
      () => undefined,
    );
    return loaded && (await use(loaded.value));
  }
}
