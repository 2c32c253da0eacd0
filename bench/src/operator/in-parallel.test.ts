import { expect, it } from 'vitest';
import { inParallel, withPatience } from './in-parallel.ts';

it('works on so many at a time and no more', async () => {
  let underWay = 0;
  let most = 0;
  const done: number[] = [];
  await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
    done.push(item);
  });
  expect(most).toBe(2);
  expect(done.sort()).toEqual([1, 2, 3, 4, 5]);
});

it('begins nothing after a failure, and throws it when those under way are back', async () => {
  const begun: number[] = [];
  const work = inParallel([1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
  expect(begun).not.toContain(4);
});

it('tries again, and in the end tells why it did not work', async () => {
  let tries = 0;
  expect(await withPatience(async () => (++tries < 3 ? Promise.reject(new Error('busy')) : 'gone'))).toBe('gone');
  await expect(withPatience(async () => Promise.reject(new Error('busy')))).rejects.toThrow('busy');
});
