/** So many different strings are remembered; what comes once only would otherwise be kept for ever. */
const LIMIT = 5_000;
/** Longer ones are seldom the same. */
const LONGEST = 200;

/**
 * Makes strings that are the same one string. Of a thousand objects read from JSON each has its own copy of every word: of what is kept of them
 * that is a third.
 */
export class SharedStrings {
  readonly #known = new Map<string, string>();

  /** Changes the object in place, so it has to be one that nobody else knows yet: as JSON gave it. */
  in<T extends object>(object: T): T {
    const fields = object as Record<string, unknown>;
    for (const name in fields) {
      const value = fields[name];
      if (typeof value === 'string') fields[name] = this.#one(value);
      else if (typeof value === 'object' && value !== null) this.in(value);
    }
    return object;
  }

  #one(value: string): string {
    if (value.length > LONGEST) return value;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (this.#known.size >= LIMIT) this.#known.clear();
    this.#known.set(value, value);
    return value;
  }
}
