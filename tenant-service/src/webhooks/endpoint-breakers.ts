import { LRUCache } from 'lru-cache';
import CircuitBreaker from 'opossum';
import type { AttemptResult } from './post-webhook.ts';

/** Endpoints whose health a process has in mind. */
const ENDPOINTS_MAX = 2000;
/** Half of the attempts of half a minute, but at least five, have to fail. */
const WINDOW_MS = 30_000;
const ATTEMPTS_MIN = 5;

type Attempt = () => Promise<AttemptResult>;

/** An attempt that says something about the receiver as a whole. Carries what is to be recorded. */
class ReceiverFailed extends Error {
  override readonly name = 'ReceiverFailed';
  readonly result: AttemptResult;
  constructor(result: AttemptResult) {
    super(result.outcome);
    this.result = result;
  }
}

/**
 * One circuit breaker an endpoint (design D10). While it is open nothing is sent there but one attempt now and then, so that a receiver that
 * hangs costs a few sockets and no line of others.
 */
export class EndpointBreakers {
  readonly resetMs: number;
  readonly #breakers: LRUCache<string, CircuitBreaker<[Attempt], AttemptResult>>;

  constructor(resetMs: number) {
    this.resetMs = resetMs;
    this.#breakers = new LRUCache({ max: ENDPOINTS_MAX, dispose: (breaker) => breaker.shutdown() });
  }

  /** The attempt's result; undefined: the breaker is open, and nothing was sent. */
  async through(endpointId: string, attempt: Attempt): Promise<AttemptResult | undefined> {
    const breaker = this.#of(endpointId);
    try {
      return await breaker.fire(attempt);
    } catch (error) {
      if (error instanceof ReceiverFailed) return error.result;
      if (CircuitBreaker.isOurError(error as Error)) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#breakers.clear();
  }

  #of(endpointId: string): CircuitBreaker<[Attempt], AttemptResult> {
    const known = this.#breakers.get(endpointId);
    if (known) return known;
    const breaker = new CircuitBreaker<[Attempt], AttemptResult>(
      async (attempt) => {
        const result = await attempt();
        if (isReceiverDown(result)) throw new ReceiverFailed(result);
        return result;
      },
      {
        // The attempt has a time limit of its own.
        timeout: false,
        errorThresholdPercentage: 50,
        volumeThreshold: ATTEMPTS_MIN,
        rollingCountTimeout: WINDOW_MS,
        resetTimeout: this.resetMs,
      },
    );
    this.#breakers.set(endpointId, breaker);
    return breaker;
  }
}

/** A refusal of this one request (4xx) says nothing about the next; too many requests does. */
function isReceiverDown({ outcome, status = 0 }: AttemptResult): boolean {
  if (outcome === 'refused-status') return status >= 500 || status === 429;
  return outcome !== 'delivered' && outcome !== 'gone' && outcome !== 'redirected' && outcome !== 'blocked-address';
}
