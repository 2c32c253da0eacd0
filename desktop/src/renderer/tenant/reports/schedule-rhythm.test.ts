import { describe, expect, it } from 'vitest';
import { cronOf, nextRuns, rhythmOf } from './schedule-rhythm.ts';

it.each([
  ['0 6 * * *', 'daily', '06:00'],
  ['30 18 * * 1-5', 'weekdays', '18:30'],
  ['5 0 * * 0', 'weekly', '00:05'],
  ['0 6 31 * *', 'monthly', '06:00'],
  ['*/15 * * * *', 'custom', '06:00'],
  ['0 6 1 1 *', 'custom', '06:00'],
  ['0 6 1 * 1', 'custom', '06:00'],
  ['0 24 * * *', 'custom', '06:00'],
  ['0 6 32 * *', 'custom', '06:00'],
  ['nonsense', 'custom', '06:00'],
])('%s is chosen as %s, and the choice says the same again', (cron, kind, time) => {
  expect(rhythmOf(cron)).toMatchObject({ kind, time });
  expect(cronOf(rhythmOf(cron))).toBe(cron);
});

it('what is typed may have more spaces than the API takes', () => {
  expect(cronOf({ ...rhythmOf(''), cron: '  0  6 *  * 1 ' })).toBe('0 6 * * 1');
});

describe('the next runs', () => {
  const after = new Date('2026-10-24T12:00:00Z');
  it('are those of the time zone, over the end of summer time', () => {
    expect(nextRuns('0 6 * * *', 'Europe/Berlin', after, 2)).toEqual(['2026-10-25T05:00:00.000Z', '2026-10-26T05:00:00.000Z']);
    expect(nextRuns('0 6 * * *', 'UTC', after, 1)).toEqual(['2026-10-25T06:00:00.000Z']);
  });

  it('leave out months without such a day', () => {
    expect(nextRuns('0 6 31 * *', 'UTC', after, 3)?.map((at) => at.slice(0, 7))).toEqual(['2026-10', '2026-12', '2027-01']);
  });

  it.each(['', '0 6 * *', '0 6 * * * *', '61 6 * * *', 'daily'])('of what is no cron there are none: %j', (cron) => {
    expect(nextRuns(cron, 'UTC', after, 3)).toBeUndefined();
  });

  it('of a day that never comes the list is empty', () => {
    expect(nextRuns('0 6 30 2 *', 'UTC', after, 3)).toEqual([]);
  });
});
