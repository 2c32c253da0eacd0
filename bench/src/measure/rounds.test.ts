import { expect, it } from 'vitest';
import { holdContest, type Turn, turnOrder } from './rounds.ts';

const say = (): void => {};
const calm = async (): Promise<void> => {};
const { signal } = new AbortController();
const quiet = { foreign: 0, platform: 0, steal: 0 };
const turn = (value: number, complaint?: string): Turn => ({ value, cpuMs: {}, disturbance: quiet, complaint });

it('lets the contenders begin in turn', () => {
  expect([0, 1, 2, 3].flatMap(turnOrder)).toEqual(['ours', 'reference', 'reference', 'ours', 'ours', 'reference', 'reference', 'ours']);
});

it('takes each round’s ratio from the two turns of that round', async () => {
  const values = { ours: [10, 20], reference: [5, 40] };
  const next = (who: 'ours' | 'reference') => async () => turn(values[who].shift() ?? 0);
  const rounds = await holdContest({ rounds: 2, ours: next('ours'), reference: next('reference'), despiteLoad: false, say, calm, signal });
  expect(rounds?.map(({ ratio }) => ratio)).toEqual([2, 0.5]);
});

it('repeats a spoiled round with the same order and keeps only the good one', async () => {
  const log: string[] = [];
  let spoiled = 2;
  const rounds = await holdContest({
    rounds: 1,
    ours: async () => {
      log.push('ours');
      spoiled -= 1;
      return spoiled >= 0 ? turn(1, 'foreign 90 %') : turn(3);
    },
    reference: async () => {
      log.push('reference');
      return turn(1);
    },
    despiteLoad: false,
    say,
    calm,
    signal,
  });
  expect(rounds?.map(({ ratio }) => ratio)).toEqual([3]);
  expect(log).toEqual(['ours', 'reference', 'ours', 'reference', 'ours', 'reference']);
});

it('gives no figure when a round is spoiled four times, and waits for calm between them', async () => {
  let [turns, waits] = [0, 0];
  const spoiled = async () => {
    turns += 1;
    return turn(1, 'steal 20 %');
  };
  const wait = async (): Promise<void> => {
    waits += 1;
  };
  const contest = { rounds: 5, ours: spoiled, reference: spoiled, despiteLoad: false, say, calm: wait, signal };
  expect(await holdContest(contest)).toBeUndefined();
  expect([turns, waits]).toEqual([8, 3]);
});

it('takes every round as it is when told to', async () => {
  const spoiled = async () => turn(2, 'steal 20 %');
  expect(await holdContest({ rounds: 3, despiteLoad: true, ours: spoiled, reference: spoiled, say, calm, signal })).toHaveLength(3);
});

it('begins no turn after it was told to stop', async () => {
  const stop = new AbortController();
  let turns = 0;
  const once = async () => {
    turns += 1;
    stop.abort(new Error('stopped'));
    return turn(1);
  };
  const contest = { rounds: 3, despiteLoad: false, ours: once, reference: once, say, calm, signal: stop.signal };
  await expect(holdContest(contest)).rejects.toThrow('stopped');
  expect(turns).toBe(1);
});
