import { expect, it } from 'vitest';
import { complaintAbout, disturbanceBetween } from './guard.ts';

const before = { atMs: 0, machine: { busy: 1000, steal: 10, total: 4000 }, ours: 300, platform: 100 };

it('takes what is ours and the platform’s from the machine’s work; the rest is foreign', () => {
  const after = { atMs: 10_000, machine: { busy: 2300, steal: 110, total: 6000 }, ours: 1300, platform: 250 };
  expect(disturbanceBetween(before, after)).toEqual({ foreign: 0.15, platform: 0.15, steal: 0.05 });
});

it('never says less than nothing: ticks of processes and machine are rounded apart', () => {
  const after = { atMs: 1000, machine: { busy: 1099, steal: 10, total: 4200 }, ours: 400, platform: 100 };
  expect(disturbanceBetween(before, after).foreign).toBe(0);
});

it('names every limit that was crossed, and none at the limit', () => {
  expect(complaintAbout({ foreign: 0.15, platform: 0.4, steal: 0.05 })).toBeUndefined();
  expect(complaintAbout({ foreign: 0.5, platform: 0.1, steal: 0.12 })).toBe('foreign 50 % (limit 15 %), steal 12 % (limit 5 %)');
});
