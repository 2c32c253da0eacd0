/**
 * The one gate every change outside this process goes through: a lease check before, a count after.
 * The count is what the failpoint `CRASH_AFTER` hits, so that a test can kill the operator after each effect in turn.
 */
export class Effects {
  readonly #assertLeading: () => void;
  readonly #afterEach: (effect: string, count: number) => void;
  readonly #oneAtATime: boolean;
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly assertLeading: () => void;
    readonly afterEach?: (effect: string, count: number) => void;
    /** For the failpoint: each change gets a death of its own after it, also those that are otherwise made together. */
    readonly oneAtATime?: boolean;
  }) {
    this.#assertLeading = options.assertLeading;
    this.#afterEach = options.afterEach ?? (() => {});
    this.#oneAtATime = options.oneAtATime ?? false;
  }

  get count(): number {
    return this.#count;
  }

  /** For a change of which only its answer says whether it was one: asked before, and counted with `perform` after. */
  assertLeading(): void {
    this.#assertLeading();
  }

  /** Makes one change. @throws what `assertLeading` throws, before anything is changed. */
  async perform<T>(effect: string, change: () => Promise<T>): Promise<T> {
    if (!this.#oneAtATime) return this.#make(effect, change);
    const mine = this.#last.then(() => this.#make(effect, change));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async #make<T>(effect: string, change: () => Promise<T>): Promise<T> {
    this.#assertLeading();
    const result = await change();
    this.#count += 1;
    this.#afterEach(effect, this.#count);
    return result;
  }
}
