/** A look under way. */
export interface Look<Answer> {
  readonly answer: Promise<Answer>;
  /** Nothing of it runs any more: what was given up on may go on after the answer. Never rejects. */
  readonly over: Promise<unknown>;
}

/**
 * Looks that everybody who asks at the same time shares, and for a moment after: however many ask, what is looked at is asked once in that time, and only so
 * many looks run at once. Nothing is kept longer.
 */
export class SharedLooks<Answer> {
  readonly #keptMs: number;
  readonly #most: number;
  readonly #kept = new Map<string, Promise<Answer>>();
  #running = 0;

  constructor(options: { readonly keptMs: number; readonly most: number }) {
    this.#keptMs = options.keptMs;
    this.#most = options.most;
  }

  /** Undefined: as many looks as may be are under way. */
  ask(key: string, look: () => Look<Answer>): Promise<Answer> | undefined {
    const kept = this.#kept.get(key);
    if (kept !== undefined || this.#running >= this.#most) return kept;
    const { answer, over } = look();
    this.#running += 1;
    void over.finally(() => {
      this.#running -= 1;
    });
    this.#kept.set(key, answer);
    const forget = (): void => void this.#kept.delete(key);
    answer.then(() => setTimeout(forget, this.#keptMs).unref(), forget);
    return answer;
  }
}
