/** What takes away what a bench has made, the last thing first. */
export class CleanUp {
  readonly #steps: (() => unknown)[] = [];
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  add(...steps: readonly (() => unknown)[]): void {
    this.#steps.push(...steps);
  }

  /** Each step is tried, whatever became of the one before. Never rejects: the first failure of the bench itself is the one to tell. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse())
      try {
        await step();
      } catch (error) {
        this.#say(`clean-up: ${String(error)}`);
      }
  }
}
