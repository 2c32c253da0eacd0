import { expect, it } from 'vitest';
import { Effects } from './effects.ts';

it('changes nothing when this process does not lead', async () => {
  const effects = new Effects({
    assertLeading: () => {
      throw new Error('not leading');
    },
  });
  let changed = false;
  const change = effects.perform('anything', async () => {
    changed = true;
  });
  await expect(change).rejects.toThrow('not leading');
  expect({ changed, count: effects.count }).toEqual({ changed: false, count: 0 });
});

it('counts a change after it was made, and none that failed', async () => {
  const seen: string[] = [];
  const effects = new Effects({ assertLeading: () => {}, afterEach: (effect, count) => seen.push(`${count} ${effect}`) });
  expect(await effects.perform('first', async () => 'result')).toBe('result');
  await expect(effects.perform('refused', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await effects.perform('second', async () => seen.push('made'));
  expect(seen).toEqual(['1 first', 'made', '2 second']);
});

it('makes changes one after the other when each is to have a death after it', async () => {
  const order: string[] = [];
  const effects = new Effects({ assertLeading: () => {}, oneAtATime: true, afterEach: (effect) => order.push(`${effect} counted`) });
  const slowThenFast = [30, 0].map((ms) =>
    effects.perform(`after ${ms}`, async () => {
      order.push(`after ${ms} begins`);
      await new Promise((resolve) => setTimeout(resolve, ms));
    }),
  );
  await Promise.all(slowThenFast);
  expect(order).toEqual(['after 30 begins', 'after 30 counted', 'after 0 begins', 'after 0 counted']);
});
