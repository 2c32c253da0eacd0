import { expect, it } from 'vitest';
import { CronRuns } from './cron-runs.ts';

it.each<[string, string, string, string, string[]]>([
  [
    'summer time leaves the hour out',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00:00Z',
    ['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'],
  ],
  ['the hour comes twice', '30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']],
  [
    'every hour is every hour, all 25',
    '0 * * * *',
    'Europe/Berlin',
    '2026-10-24T23:59:00Z',
    ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z'],
  ],
  [
    'half an hour of summer time',
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2026-10-03T12:00:00Z',
    ['2026-10-03T15:30:00.000Z', '2026-10-04T15:15:00.000Z'],
  ],
  ['the first of a month', '0 6 1 * *', 'Asia/Kolkata', '2026-11-22T00:00:00Z', ['2026-12-01T00:30:00.000Z', '2027-01-01T00:30:00.000Z']],
  ['a day that never comes', '0 0 30 2 *', 'UTC', '2026-11-22T00:00:00Z', []],
])('%s', (_what, pattern, timeZone, after, expected) => {
  expect(new CronRuns(pattern, timeZone).next(new Date(after), 2)).toEqual(expected);
});

it('of instants that were missed the last one is due, and never one before its turn', () => {
  const runs = new CronRuns('0 * * * *', 'UTC');
  expect(runs.lastDue('2026-11-22T03:00:00.000Z', new Date('2026-11-22T07:30:00Z'))).toBe('2026-11-22T07:00:00.000Z');
  expect(runs.lastDue('2026-11-22T07:00:00.000Z', new Date('2026-11-22T07:00:00Z'))).toBe('2026-11-22T07:00:00.000Z');
  // The schedule was changed a moment ago: what its new pattern would have done before is not made up for.
  expect(runs.lastDue('2026-11-22T07:05:00.000Z', new Date('2026-11-22T07:30:00Z'))).toBe('2026-11-22T07:05:00.000Z');
});

it.each(['60 * * * *', '* * * *', 'a b c d e', '0 0 0 1 *'])('refuses %s', (pattern) => {
  expect(() => new CronRuns(pattern, 'UTC')).toThrow();
});
