/**
 * The one gate every change outside this process goes through: a lease check before, a count after.
 * The count is what the failpoint `CRASH_AFTER` hits, so that a test can kill the operator after each effect in turn.
 */
export class Effects {
  readonly #assertLeading: () => void;
  readonly #afterEach: (effect: string, count: number) => void;
  #count = 0;

  constructor(options: { readonly assertLeading: () => void; readonly afterEach?: (effect: string, count: number) => void }) {
    this.#assertLeading = options.assertLeading;
    this.#afterEach = options.afterEach ?? (() => {});
  }

  get count(): number {
    return this.#count;
  }

  /** Makes one change. @throws what `assertLeading` throws, before anything is changed. */
  async perform<T>(effect: string, change: () => Promise<T>): Promise<T> {
    this.#assertLeading();
    const result = await change();
    this.#count += 1;
    this.#afterEach(effect, this.#count);
    return result;
  }
}
