import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTY_RUNS, PROPERTY_TIME_MS } from './testing/property-runs.ts';
import { settle, VirtualClock } from './testing/virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

function queueOnVirtualTime(options: ConstructorParameters<typeof WorkQueue>[0] = {}) {
  const clock = new VirtualClock();
  return { clock, queue: new WorkQueue({ clock, random: () => 0, ...options }) };
}

describe('WorkQueue', () => {
  it('hands out a key once however often it was added', async () => {
    const { queue } = queueOnVirtualTime();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(1);
    expect(await queue.get()).toBe('a');
    expect(queue.depth).toBe(0);
  });

  it('keeps a key that was added while held until it is handed back, and then hands it out again', async () => {
    const { queue } = queueOnVirtualTime();
    queue.add('a');
    await queue.get();
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(await queue.get()).toBe('a');
  });

  it('takes a higher priority first, the older key among equals, and lets waiting outweigh priority', async () => {
    const { clock, queue } = queueOnVirtualTime({ ageingMs: 1_000 });
    queue.add('resync-1');
    queue.add('resync-2');
    await clock.advance(500);
    queue.add('edit', { priority: 1 });
    await clock.advance(5_000);
    queue.add('late-edit', { priority: 1 });
    expect([await queue.get(), await queue.get(), await queue.get(), await queue.get()]).toEqual([
      'edit',
      'resync-1',
      'resync-2',
      'late-edit',
    ]);
  });

  it('raises a waiting key when it is added with a higher priority', async () => {
    const { queue } = queueOnVirtualTime();
    queue.add('a');
    queue.add('b');
    queue.add('b', { priority: 1 });
    expect(await queue.get()).toBe('b');
    expect(await queue.get()).toBe('a');
    expect(queue.depth).toBe(0);
  });

  it('counts the time a key has waited also after it was raised', async () => {
    const { clock, queue } = queueOnVirtualTime({ ageingMs: 1_000 });
    queue.add('old');
    await clock.advance(5_000);
    queue.add('edit', { priority: 2 });
    queue.add('old', { priority: 1 });
    expect(await queue.get()).toBe('old');
  });

  it('holds a delayed key back until its time, and the earliest of several wishes counts', async () => {
    const { clock, queue } = queueOnVirtualTime();
    queue.add('a', { afterMs: 5_000 });
    queue.add('a', { afterMs: 1_000 });
    queue.add('a', { afterMs: 9_000 });
    await clock.advance(999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
    await queue.get();
    queue.done('a');
    await clock.advance(60_000);
    expect(queue.depth).toBe(0);
  });

  it('waits longer after each failure of a key, and starts over when it is forgotten', async () => {
    const { clock, queue } = queueOnVirtualTime({ random: () => 1 });
    expect([queue.retry('a'), queue.retry('a'), queue.retry('a'), queue.retry('b')]).toEqual([5, 10, 20, 5]);
    queue.forget('a');
    expect(queue.retry('a')).toBe(5);
    await clock.advance(5);
    expect(queue.depth).toBe(2);
  });

  it('tells the next delay of a key before its retry, which then has that very delay', () => {
    const { queue } = queueOnVirtualTime({ random: Math.random, baseDelayMs: 1000 });
    const told = queue.nextRetryMs('a');
    expect(queue.nextRetryMs('a')).toBe(told);
    expect(queue.retry('a')).toBe(told);
    expect(queue.nextRetryMs('a')).toBeGreaterThan(told);
    queue.forget('a');
    expect(queue.nextRetryMs('a')).toBeLessThanOrEqual(1000);
  });

  it('lets no more retries through than the bucket holds, whatever their keys', () => {
    const { queue } = queueOnVirtualTime({ retryBucket: { perSecond: 10, burst: 3 } });
    const delays = Array.from({ length: 6 }, (_, index) => queue.retry(`key-${index}`));
    expect(delays).toEqual([2.5, 2.5, 2.5, 100, 200, 300]);
  });

  it('gives nothing to a taker who left, and the key to the next one', async () => {
    const { queue } = queueOnVirtualTime();
    const leave = new AbortController();
    const left = queue.get(leave.signal);
    const next = queue.get();
    leave.abort();
    queue.add('a');
    expect(await left).toBeUndefined();
    expect(await next).toBe('a');
  });

  it('after shutDown hands out what waits, drops what is delayed, and is drained when the last key is back', async () => {
    const { clock, queue } = queueOnVirtualTime();
    queue.add('a');
    queue.add('later', { afterMs: 10 });
    queue.shutDown();
    queue.add('refused');
    let isDrained = false;
    const drained = queue.drained().then(() => {
      isDrained = true;
    });
    const last = queue.get();
    const nothing = queue.get();
    expect(await last).toBe('a');
    await clock.advance(100);
    expect(isDrained).toBe(false);
    queue.done('a');
    await drained;
    expect(await nothing).toBeUndefined();
    expect(await queue.get()).toBeUndefined();
  });

  it(
    'loses no wish, gives no key to two, and hands nothing out early, in any interleaving',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 4 }), replay),
        PROPERTY_RUNS,
      );
    },
    PROPERTY_TIME_MS,
  );
});

type Action =
  | { readonly do: 'add'; readonly key: string; readonly priority: number; readonly afterMs: number }
  | { readonly do: 'finish'; readonly worker: number; readonly fails: boolean }
  | { readonly do: 'wait'; readonly ms: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    priority: fc.nat(2),
    afterMs: fc.constantFrom(0, 0, 1, 10, 5_000),
  }),
  fc.record({ do: fc.constant('finish' as const), worker: fc.nat(3), fails: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 4, 100, 10_000) }),
);

/** Plays the actions against a queue with some workers, and checks each hand-out against the plainest possible model. */
async function replay(actions: readonly Action[], workers: number): Promise<void> {
  const { clock, queue } = queueOnVirtualTime({ random: () => 0.5 });
  /** Times at which the key was wished for and not yet looked at. */
  const wishes = new Map<string, number[]>();
  const held = new Set<string>();
  const hands: { key?: string; finish?: (fails: boolean) => void }[] = [];
  let wished = 0;
  let handedOut = 0;
  const wish = (key: string, dueAt: number) => {
    wished += 1;
    const now = clock.now();
    const all = [...(wishes.get(key) ?? []), dueAt];
    // Of several wishes for later the earliest counts: that look decides anew when the next one is due.
    const later = all.filter((each) => each > now);
    wishes.set(key, [...all.filter((each) => each <= now), ...(later.length > 0 ? [Math.min(...later)] : [])]);
  };
  const stop = new AbortController();
  const work = async (hand: (typeof hands)[number]) => {
    for (let key = await queue.get(stop.signal); key !== undefined; key = await queue.get(stop.signal)) {
      handedOut += 1;
      expect(held.has(key), `${key} is in one pair of hands`).toBe(false);
      held.add(key);
      const due = (wishes.get(key) ?? []).filter((dueAt) => dueAt <= clock.now());
      expect(due.length, `${key} is not handed out early or without a wish`).toBeGreaterThan(0);
      // This look answers every wish that is due by now; later ones stand.
      wishes.set(
        key,
        (wishes.get(key) ?? []).filter((dueAt) => dueAt > clock.now()),
      );
      const fails = await new Promise<boolean>((resolve) => Object.assign(hand, { key, finish: resolve }));
      if (fails) wish(key, clock.now() + queue.retry(key));
      else queue.forget(key);
      held.delete(key);
      queue.done(key);
      delete hand.finish;
    }
  };
  const running = Array.from({ length: workers }, () => {
    const hand = {};
    hands.push(hand);
    return work(hand);
  });

  for (const each of actions) {
    if (each.do === 'add') {
      wish(each.key, clock.now() + each.afterMs);
      queue.add(each.key, each);
    } else if (each.do === 'finish') hands[each.worker % workers]?.finish?.(each.fails);
    else await clock.advance(each.ms);
    await settle();
  }
  // Everybody finishes and time passes: whatever was wished for must have been looked at.
  for (let round = 0; round < 20; round += 1) {
    for (const hand of hands) hand.finish?.(false);
    await clock.advance(10_000);
  }
  expect([...wishes.values()].flat(), 'no wish is lost').toEqual([]);
  expect(handedOut, 'no look without a wish').toBeLessThanOrEqual(wished);
  expect(queue.depth).toBe(0);
  stop.abort();
  await Promise.all(running);
}
