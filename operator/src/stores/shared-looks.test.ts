import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedLooks } from './shared-looks.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Looks that end when the test says so. */
function manual({ most = 2 } = {}) {
  const looks = new SharedLooks<string>({ keptMs: 3000, most });
  const begun: { readonly key: string; readonly answer: (text: string) => void; readonly end: () => void }[] = [];
  const ask = (key: string) =>
    looks.ask(key, () => {
      const answer = Promise.withResolvers<string>();
      const over = Promise.withResolvers<void>();
      begun.push({ key, answer: answer.resolve, end: over.resolve });
      return { answer: answer.promise, over: over.promise };
    });
  return { ask, begun };
}

describe('looks', () => {
  it('are one for all who ask while it runs, and for a moment after', async () => {
    const { ask, begun } = manual();
    const [one, other] = [ask('acme'), ask('acme')];
    begun[0]?.answer('first');
    begun[0]?.end();
    expect([await one, await other]).toEqual(['first', 'first']);
    await vi.advanceTimersByTimeAsync(2999);
    expect(await ask('acme')).toBe('first');
    expect(begun).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    void ask('acme');
    expect(begun).toHaveLength(2);
  });

  it('are no more at once than may be, and one counts until nothing of it runs, answered or not', async () => {
    const { ask, begun } = manual({ most: 2 });
    void ask('acme');
    const globex = ask('globex');
    begun[1]?.answer('answered');
    expect(await globex).toBe('answered');
    expect(ask('initech')).toBeUndefined();
    expect(await ask('globex')).toBe('answered');
    begun[1]?.end();
    await vi.advanceTimersByTimeAsync(0);
    expect(ask('initech')).toBeDefined();
    expect(begun.map(({ key }) => key)).toEqual(['acme', 'globex', 'initech']);
  });

  it('that fail are forgotten at once', async () => {
    const looks = new SharedLooks<string>({ keptMs: 3000, most: 1 });
    const failing = looks.ask('acme', () => ({ answer: Promise.reject(new Error('no')), over: Promise.resolve() }));
    await expect(failing).rejects.toThrow('no');
    expect(await looks.ask('acme', () => ({ answer: Promise.resolve('yes'), over: Promise.resolve() }))).toBe('yes');
  });
});
