import { Problem } from '../problem.ts';

interface Queue {
  inside: number;
  readonly waiting: (() => void)[];
}

/**
 * How many of one tenant may be inside at once; the next ones wait in turn, not for ever and not in any number. Keeps one tenant from taking
 * every connection of a small pool.
 */
export class TenantPlaces {
  readonly #places: number;
  readonly #maxWaiting: number;
  readonly #maxWaitMs: number;
  readonly #queues = new Map<string, Queue>();

  constructor(options: { readonly places: number; readonly maxWaiting: number; readonly maxWaitMs: number }) {
    this.#places = options.places;
    this.#maxWaiting = options.maxWaiting;
    this.#maxWaitMs = options.maxWaitMs;
  }

  /** Resolves with what gives the place back; call it exactly once. @throws Problem `unavailable` after the longest wait, or at once when too many wait. */
  async enter(tenantId: string): Promise<() => void> {
    let queue = this.#queues.get(tenantId);
    if (queue === undefined) {
      queue = { inside: 0, waiting: [] };
      this.#queues.set(tenantId, queue);
    }
    if (queue.inside >= this.#places) await this.#wait(queue);
    // One who waited was handed the place of the one who left.
    else queue.inside += 1;
    return () => this.#leave(tenantId, queue);
  }

  #wait(queue: Queue): Promise<void> {
    if (queue.waiting.length >= this.#maxWaiting) throw busy();
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.waiting.splice(queue.waiting.indexOf(enter), 1);
        reject(busy());
      }, this.#maxWaitMs);
      queue.waiting.push(enter);
    });
  }

  #leave(tenantId: string, queue: Queue): void {
    const next = queue.waiting.shift();
    if (next === undefined) {
      queue.inside -= 1;
      if (queue.inside === 0) this.#queues.delete(tenantId);
    } else next();
  }
}

const busy = (): Problem =>
  new Problem('unavailable', 'Other work of this tenant is under way; there was no room in time.', { headers: { 'retry-after': '1' } });
