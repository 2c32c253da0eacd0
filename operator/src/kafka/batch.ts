/** One request carries at most this many. */
const MOST = 100;
/** Whoever waits for a request that is under way waits no longer than this for a place in the next. */
const LONGEST_WAIT_MS = 20;

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one request of what many tenants ask for at once. An item that comes alone is sent at once; those that come while a request is under
 * way gather, and leave when it is back, when there are 100 of them, or after 20 ms. One bad item spoils nobody's day: when the server
 * refuses a batch, each of its items is sent alone.
 */
export class Batch<Item, Answer = void> {
  readonly #send: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly #isRefusal: (error: unknown) => boolean;
  #waiting: Waiting<Item, Answer>[] = [];
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param send one answer for each item, in their order. @param isRefusal the server has answered, as opposed to not being there. */
  constructor(send: (items: readonly Item[]) => Promise<readonly Answer[]>, isRefusal: (error: unknown) => boolean = () => true) {
    this.#send = send;
    this.#isRefusal = isRefusal;
  }

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#waiting.length >= MOST) this.#flush();
      else if (this.#underWay > 0) this.#timer ??= setTimeout(() => this.#flush(), LONGEST_WAIT_MS);
      // Those who come in the same breath go together.
      else if (this.#waiting.length === 1) queueMicrotask(() => this.#underWay === 0 && this.#flush());
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, MOST);
    if (batch.length === 0) return;
    this.#underWay += 1;
    void this.#sendTogether(batch).finally(() => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#flush();
    });
  }

  async #sendTogether(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#send(batch.map(({ item }) => item));
      for (const [place, { resolve }] of batch.entries()) resolve(answers[place] as Answer);
    } catch (error) {
      if (batch.length === 1 || !this.#isRefusal(error)) for (const { reject } of batch) reject(error);
      else await Promise.all(batch.map((each) => this.#sendTogether([each])));
    }
  }
}
