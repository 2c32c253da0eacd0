/** How a run stands. A result or an error is told once; asked again, the work begins anew. */
export type RunState<T> =
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'failed'; readonly error: unknown };

/** What runs in the background is made of. */
export interface BackgroundRunsOptions {
  /** At the same time; others wait. */
  readonly most: number;
  /** The work of this key has ended: ask for its result. */
  readonly ended: (key: string) => void;
}

/**
 * Work that takes longer than one look may: begun by a look, asked for by later ones. In memory only; who starts again begins anew.
 * Nothing runs before `run` and after its stop.
 */
export class BackgroundRuns<T> {
  readonly #options: BackgroundRunsOptions;
  readonly #runs = new Map<string, { state: RunState<T>; readonly settled: Promise<void> }>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #stop: AbortSignal | undefined;

  constructor(options: BackgroundRunsOptions) {
    this.#options = options;
  }

  /** Begins the work of this key unless it runs, and says how it stands. */
  ask(key: string, work: (signal: AbortSignal) => Promise<T>): RunState<T> {
    const known = this.#runs.get(key);
    if (known !== undefined) {
      if (known.state.state !== 'running') this.#runs.delete(key);
      return known.state;
    }
    const stop = this.#stop;
    if (stop === undefined || stop.aborted) return { state: 'running' };
    const run: { state: RunState<T>; settled: Promise<void> } = { state: { state: 'running' }, settled: Promise.resolve() };
    run.settled = this.#inTurn(() => {
      stop.throwIfAborted();
      return work(stop);
    })
      .then(
        (value) => {
          run.state = { state: 'done', value };
        },
        (error: unknown) => {
          run.state = { state: 'failed', error };
        },
      )
      .then(() => this.#options.ended(key));
    this.#runs.set(key, run);
    return run.state;
  }

  /** Whether work of this key is under way. A result that nobody asked for is forgotten. */
  isRunning(key: string): boolean {
    if (this.#runs.get(key)?.state.state === 'running') return true;
    this.#runs.delete(key);
    return false;
  }

  /** Lets work run until `stop`; resolves when the last one has ended. */
  async run(stop: AbortSignal): Promise<void> {
    this.#stop = stop;
    if (!stop.aborted) await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.all([...this.#runs.values()].map(({ settled }) => settled));
    this.#runs.clear();
  }

  async #inTurn(work: () => Promise<T>): Promise<T> {
    if (this.#active < this.#options.most) this.#active += 1;
    // Whoever ends hands its place over.
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#active -= 1;
      else next();
    }
  }
}
