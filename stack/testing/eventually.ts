import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  /** 30 s unless given: patience costs nothing, and a loaded machine needs it. */
  readonly limitMs?: number;
  /** 50 ms unless given. */
  readonly everyMs?: number;
}

/**
 * Calls `check` until it returns without throwing and gives what it returned. Write assertions inside: the last failure is the one reported,
 * with its own message and stack. Instead of sleeping: as fast as the machine, and as patient as the limit.
 */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const limitMs = options.limitMs ?? 30_000;
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) {
        if (error instanceof Error) error.message = `${error.message}\n(still so after ${limitMs / 1000} s)`;
        throw error;
      }
      await sleep(options.everyMs ?? 50);
    }
  }
}
