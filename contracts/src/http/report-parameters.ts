import { z } from 'zod';

/** Days a report looks at, at most: ten years. */
const PERIOD_DAYS_MAX = 3660;

/** Whole units of the calendar before the instant the report tells of, or from the first day of one up to that day. */
export const RELATIVE_PERIODS = [
  ...['last-day', 'last-week', 'last-month', 'last-quarter', 'last-year'],
  ...['week-to-date', 'month-to-date', 'quarter-to-date', 'year-to-date'],
] as const;

const dayOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
const Day = z.iso.date().refine((text) => text >= '1900-01-01' && text < '2200-01-01', 'must be a day of the years 1900 to 2199');

/** Days of the report's time zone. */
export const ReportPeriod = z
  .union([
    z.enum(RELATIVE_PERIODS as readonly [string, ...string[]]),
    z
      .strictObject({ from: Day, to: Day })
      .refine(({ from, to }) => from < to, { path: ['to'], message: 'must be later than from' })
      .refine(({ from, to }) => dayOf(to) - dayOf(from) <= PERIOD_DAYS_MAX, { path: ['to'], message: 'is more than ten years after from' }),
  ])
  .meta({
    description:
      'Days in the report’s time zone: from the beginning of `from` up to, but not including, `to`; or a name that is read at `asOf`, so that a ' +
      'schedule moves on by itself: `last-month` is the month before, `month-to-date` begins with its first day and ends with today. Weeks begin on Monday.',
  });

/** What a row of a report over time stands for. */
export const PeriodUnit = z.enum(['day', 'week', 'month', 'quarter', 'year']);

/** A name of the IANA time zone database. */
export const TimeZone = z
  .string()
  .max(64)
  .regex(/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/, 'must be a name like Europe/Berlin')
  .refine(isTimeZone, 'is not a time zone of the IANA database')
  .default('UTC')
  .meta({ description: 'IANA name, e.g. `Europe/Berlin`: where days, weeks and months begin.' });

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export type ReportPeriod = z.infer<typeof ReportPeriod>;
export type PeriodUnit = z.infer<typeof PeriodUnit>;
