import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadIndex } from './read-index.ts';

describe('the read index', () => {
  it('is never older than its caller, in any order of arrivals and answers, and asks at most twice for who waits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), async (scheduler, arrivals) => {
        let written = 0n;
        let asked = 0;
        const index = new ReadIndex(() => {
          asked += 1;
          // The primary looks when the question arrives, and answers later.
          return scheduler.schedule(Promise.resolve(written));
        });
        const callers: Promise<void>[] = [];
        for (const writesFirst of arrivals) {
          if (writesFirst) written += 1n;
          const least = written;
          callers.push(index.position().then((position) => expect(position).toBeGreaterThanOrEqual(least)));
        }
        await scheduler.waitFor(Promise.all(callers));
        expect(asked).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('fails for those who waited for that question only', async () => {
    const answers = [Promise.reject(new Error('away')), Promise.resolve(7n)];
    const index = new ReadIndex(() => answers.shift() as Promise<bigint>);
    const [first, second] = [index.position(), index.position()];
    await expect(first).rejects.toThrow('away');
    expect(await second).toBe(7n);
  });
});
