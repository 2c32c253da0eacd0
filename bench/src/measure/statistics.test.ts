import { expect, it } from 'vitest';
import { quartilesOf, verdictOf } from './statistics.ts';

it('finds median and quartiles whatever the order, and interpolates between neighbours', () => {
  expect(quartilesOf([5, 1, 4, 2, 3])).toEqual({ lower: 2, median: 3, upper: 4 });
  expect(quartilesOf([1, 2, 3, 4])).toEqual({ lower: 1.75, median: 2.5, upper: 3.25 });
  expect(quartilesOf([7])).toEqual({ lower: 7, median: 7, upper: 7 });
});

it('has nothing to say about an empty sample', () => {
  expect(() => quartilesOf([])).toThrow(RangeError);
});

it('leaves its input as it is', () => {
  const sample = [3, 1, 2];
  quartilesOf(sample);
  expect(sample).toEqual([3, 1, 2]);
});

it.each([
  ['met when the median reaches it', { lower: 0.3, median: 0.4, upper: 0.5 }, 'met'],
  ['unclear when only the upper quartile reaches it', { lower: 0.3, median: 0.39, upper: 0.4 }, 'unclear'],
  ['missed when even the upper quartile is under it', { lower: 0.2, median: 0.3, upper: 0.39 }, 'missed'],
] as const)('a lower bar is %s', (_text, ratios, verdict) => {
  expect(verdictOf(ratios, { kind: 'at-least', ratio: 0.4 })).toBe(verdict);
});

it.each([
  ['met when the median stays within it', { lower: 1.2, median: 1.5, upper: 1.7 }, 'met'],
  ['unclear when only the lower quartile stays within it', { lower: 1.5, median: 1.6, upper: 1.7 }, 'unclear'],
  ['missed when even the lower quartile is over it', { lower: 1.51, median: 1.6, upper: 1.7 }, 'missed'],
] as const)('an upper bar is %s', (_text, ratios, verdict) => {
  expect(verdictOf(ratios, { kind: 'at-most', ratio: 1.5 })).toBe(verdict);
});
