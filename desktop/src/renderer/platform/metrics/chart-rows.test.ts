import { expect, it } from 'vitest';
import { chartRows, extremes } from './chart-rows.ts';

const series = (label: string, ...points: (readonly [number, number])[]) => ({ label, now: undefined, points });

it('puts series side by side, with a gap where one was not measured', () => {
  expect(chartRows([series('outbox', [60, 1], [120, 2]), series('projector', [120, 5], [180, 6])])).toEqual([
    { at: 60, 0: 1 },
    { at: 120, 0: 2, 1: 5 },
    { at: 180, 1: 6 },
  ]);
});

it('says between which values all of them were, and nothing of nothing', () => {
  expect(extremes([series('outbox', [60, 1], [120, -2]), series('projector', [60, 9])])).toEqual({ least: -2, most: 9 });
  expect(extremes([series('outbox')])).toBeUndefined();
});
