import { setTimeout as wait } from 'node:timers/promises';

/** What `work` gives. @throws when that takes longer than `limitMs`; the work itself goes on. */
export async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const timer = new AbortController();
  const late = wait(limitMs, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${limitMs / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
