import type { WalPosition } from './wal-position.ts';

/**
 * Where the primary's log is, asked after each caller came: whatever was acknowledged before it came is at or before that place. One question
 * serves all who came before it left, so a busy replica asks no more often than the primary answers.
 */
export class ReadIndex {
  readonly #ask: () => Promise<WalPosition>;
  #asking: Promise<WalPosition> | undefined;
  #next: Promise<WalPosition> | undefined;

  constructor(ask: () => Promise<WalPosition>) {
    this.#ask = ask;
  }

  /** @throws what asking throws. */
  position(): Promise<WalPosition> {
    if (this.#asking === undefined) return this.#leave();
    // The question under way may have been answered before this caller's last write was.
    this.#next ??= this.#asking.then(
      () => this.#leave(),
      () => this.#leave(),
    );
    return this.#next;
  }

  #leave(): Promise<WalPosition> {
    this.#next = undefined;
    const asked = this.#ask();
    this.#asking = asked;
    const landed = () => {
      if (this.#asking === asked) this.#asking = undefined;
    };
    asked.then(landed, landed);
    return asked;
  }
}
