import { expect, it } from 'vitest';
import { parseMachineTicks, parseProcessTicks, treeTicks } from './proc.ts';

it('counts waiting for the disk as idle, interrupts as nobody’s and stolen time apart', () => {
  expect(parseMachineTicks('cpu  10 20 30 400 50 6 7 8 0 0\ncpu0 1 1 1 1')).toEqual({ busy: 60, steal: 8, total: 531 });
});

it('reads a process whose name looks like fields', () => {
  const stat = '42 (a) R 1 (b)) S 7 42 42 0 -1 4194304 100 0 0 0 11 5 3 1 20 0 1 0 99 0 0';
  expect(parseProcessTicks(stat)).toEqual({ pid: 42, parent: 7, ticks: 20 });
});

it('sums a tree and nothing beside it, and counts overlapping roots once', () => {
  const processes = [
    { pid: 1, parent: 0, ticks: 1000 },
    { pid: 10, parent: 1, ticks: 5 },
    { pid: 11, parent: 10, ticks: 7 },
    { pid: 12, parent: 11, ticks: 11 },
    { pid: 20, parent: 1, ticks: 400 },
  ];
  expect(treeTicks([10], processes)).toBe(23);
  expect(treeTicks([10, 11], processes)).toBe(23);
  expect(treeTicks([99], processes)).toBe(0);
});
