import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';

it('returns what the check returns once it stops throwing', async () => {
  let calls = 0;
  const check = (): string => {
    calls += 1;
    if (calls < 3) throw new Error('not yet');
    return 'there';
  };
  expect(await eventually(check, { everyMs: 1 })).toBe('there');
  expect(calls).toBe(3);
});

it('fails with the last failure and how long it waited', async () => {
  let calls = 0;
  const check = (): never => {
    calls += 1;
    throw new Error(`failure ${calls}`);
  };
  await expect(eventually(check, { limitMs: 30, everyMs: 5 })).rejects.toThrow(/^failure \d+\n\(still so after 0.03 s\)$/);
  expect(calls).toBeGreaterThan(2);
});

it('waits for a promise before it asks again', async () => {
  let [running, most] = [0, 0];
  let calls = 0;
  await eventually(
    async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 3));
      running -= 1;
      calls += 1;
      if (calls < 4) throw new Error('not yet');
    },
    { everyMs: 0 },
  );
  expect(most).toBe(1);
});
