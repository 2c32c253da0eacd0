import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Batch } from './batch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that answers when told, and refuses every batch with `bad` in it. */
function server() {
  const requests: string[][] = [];
  const open: (() => void)[] = [];
  let isAway = false;
  const batch = new Batch<string, string>(
    async (items) => {
      requests.push([...items]);
      await new Promise<void>((resolve) => open.push(resolve));
      if (isAway) throw new Error('away');
      if (items.includes('bad')) throw new Error('refused');
      return items.map((item) => item.toUpperCase());
    },
    (error) => (error as Error).message === 'refused',
  );
  /** Answers what is under way, and what that sets off, until nothing is left. */
  const answerAll = async (): Promise<void> => {
    for (let quiet = 0; quiet < 20; quiet += 1) {
      for (const answer of open.splice(0)) answer();
      await Promise.resolve();
    }
  };
  return { batch, requests, answerAll, goAway: () => (isAway = true) };
}

it('sends together what comes in one breath, and answers each in its place', async () => {
  const { batch, requests, answerAll } = server();
  const answers = Promise.all(['a', 'b', 'c'].map((item) => batch.ask(item)));
  await answerAll();
  expect(await answers).toEqual(['A', 'B', 'C']);
  expect(requests).toEqual([['a', 'b', 'c']]);
});

it('gathers while a request is under way, and sends when it is back', async () => {
  const { batch, requests, answerAll } = server();
  const first = batch.ask('a');
  await Promise.resolve();
  const others = Promise.all([batch.ask('b'), batch.ask('c')]);
  await Promise.resolve();
  expect(requests).toEqual([['a']]);
  await answerAll();
  expect([await first, ...(await others)]).toEqual(['A', 'B', 'C']);
  expect(requests).toEqual([['a'], ['b', 'c']]);
});

it('waits 20 ms for a slow request, not longer', async () => {
  const { batch, requests, answerAll } = server();
  const asked = [batch.ask('a')];
  await Promise.resolve();
  asked.push(batch.ask('b'));
  vi.advanceTimersByTime(19);
  expect(requests).toEqual([['a']]);
  vi.advanceTimersByTime(1);
  expect(requests).toEqual([['a'], ['b']]);
  await answerAll();
  await Promise.all(asked);
});

it('carries 100 at most', async () => {
  const { batch, requests, answerAll } = server();
  const asked = Promise.all(Array.from({ length: 250 }, (_, index) => batch.ask(`i${index}`)));
  await answerAll();
  expect((await asked).length).toBe(250);
  expect(requests.map(({ length }) => length)).toEqual([100, 100, 50]);
});

it('sends each alone when a batch is refused: the bad one fails and no other', async () => {
  const { batch, requests, answerAll } = server();
  const asked = Promise.allSettled(['a', 'bad', 'c'].map((item) => batch.ask(item)));
  await answerAll();
  expect((await asked).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(requests).toEqual([['a', 'bad', 'c'], ['a'], ['bad'], ['c']]);
});

it('does not ask a hundred times a server that is away', async () => {
  const { batch, requests, answerAll, goAway } = server();
  goAway();
  const asked = Promise.allSettled(['a', 'b', 'c'].map((item) => batch.ask(item)));
  await answerAll();
  expect((await asked).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(requests).toHaveLength(1);
});
