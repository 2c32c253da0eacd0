import { expect, it } from 'vitest';
import { chartRows, extremes } from './chart-rows.ts';

const series = (label: string, ...points: (readonly [number, number])[]) => ({ label, now: undefined, points });

it('puts series side by side over the whole time, with a gap where one was not measured', () => {
  const both = [series('outbox', [60.5, 1], [120.5, 2]), series('projector', [120.5, 5], [240.5, 6])];
  expect(chartRows(both, { from: 0.5, to: 240.5, step: 60 })).toEqual([
    { at: 0.5 },
    { at: 60.5, 0: 1 },
    { at: 120.5, 0: 2, 1: 5 },
    { at: 180.5 },
    { at: 240.5, 1: 6 },
  ]);
});

it('says between which values all of them were, and nothing of nothing', () => {
  expect(extremes([series('outbox', [60, 1], [120, -2]), series('projector', [60, 9])])).toEqual({ least: -2, most: 9 });
  expect(extremes([series('outbox')])).toBeUndefined();
});
