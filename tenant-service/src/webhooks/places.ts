interface Waiting {
  readonly count: number;
  readonly go: () => void;
}

/** So many things at once. Who comes first goes first, also when it needs more places than are free and somebody behind it needs fewer. */
export class Places {
  readonly #all: number;
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(count: number) {
    this.#all = count;
    this.#free = count;
  }

  /** Resolves when they are there: all of them, should more be asked for than there are. */
  take(count: number): Promise<void> {
    const wanted = Math.min(count, this.#all);
    return new Promise((go) => {
      this.#waiting.push({ count: wanted, go });
      this.#serve();
    });
  }

  give(count: number): void {
    this.#free += Math.min(count, this.#all);
    this.#serve();
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined && next.count <= this.#free; next = this.#waiting[0]) {
      this.#free -= next.count;
      this.#waiting.shift();
      next.go();
    }
  }
}
