import { ProblemError } from '@tenantry/contracts';
import { useState } from 'react';

/**
 * The key of something that is to happen once, however often it is sent. What was refused was not done, so what is sent next is another request; what got
 * no answer, or one of a server in trouble, may have been done, and goes again under the same key.
 */
export class IdempotencyKey {
  #value = crypto.randomUUID();

  get value(): string {
    return this.#value;
  }

  /** For `onError` of what was sent under it. */
  readonly failed = (error: unknown): void => {
    if (error instanceof ProblemError && error.problem.status < 500) this.#value = crypto.randomUUID();
  };
}

/** One for as long as the form is open. */
export function useIdempotencyKey(): IdempotencyKey {
  const [key] = useState(() => new IdempotencyKey());
  return key;
}
