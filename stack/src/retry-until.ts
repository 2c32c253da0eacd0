import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `attempt` until it returns, every 200 ms. For servers that are starting: a refusal is normal until the limit.
 * @throws naming `what` and the last refusal when the limit has passed.
 */
export async function retryUntil<T>(what: string, limitMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (Date.now() >= deadline) throw new Error(`${what} after ${limitMs / 1000} s: ${describeError(cause)}`, { cause });
      await sleep(200);
    }
  }
}

/** An error in one line. Connection errors of several addresses come as an AggregateError whose own message is empty. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(describeError).join('; ');
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${describeError(error.cause)})` : '';
  return `${error.message || error.name}${cause}`;
}
