import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { paced } from './paced.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function counted() {
  const runs: number[] = [];
  const start = Date.now();
  return { runs, reading: paced(() => runs.push(Date.now() - start), { soonMs: 300, pauseMs: 3000 }) };
}

it('what is asked for together runs once, soon', () => {
  const { runs, reading } = counted();
  for (let ask = 0; ask < 5; ask += 1) reading.ask();
  vi.advanceTimersByTime(10_000);
  expect(runs).toEqual([300]);
});

it('asked for all the time it runs once in every pause, and the last asking is not forgotten', () => {
  const { runs, reading } = counted();
  for (let ms = 0; ms < 5000; ms += 50) {
    reading.ask();
    vi.advanceTimersByTime(50);
  }
  vi.advanceTimersByTime(10_000);
  expect(runs).toEqual([300, 3300, 6300]);
});

it('stopped, it does not run any more', () => {
  const { runs, reading } = counted();
  reading.ask();
  reading.stop();
  vi.advanceTimersByTime(10_000);
  expect(runs).toEqual([]);
});
