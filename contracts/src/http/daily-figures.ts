import { z } from 'zod';
import { ACCOUNT_TYPES } from './accounts.ts';
import { operation } from './operation.ts';

/** Days of one answer at most: a leap year. */
export const FIGURE_DAYS_MAX = 366;
/** Months of one answer at most. */
export const COHORT_MONTHS_MAX = 36;

const everyone = ['admin', 'editor', 'viewer', 'machine'] as const;
const count = z.int().min(0);
const Day = z.iso.date().refine((text) => text >= '1900-01-01' && text < '2200-01-01', 'must be a day of the years 1900 to 2199');
const Month = z
  .string()
  .regex(/^(19|20|21)\d\d-(0[1-9]|1[0-2])$/, 'must be a month like 2026-11')
  .meta({ description: 'A month, e.g. `2026-11`.' });

/** A sum of amounts: more digits than one amount may have. */
const SumMinor = z
  .string()
  .regex(/^(?:0|-?[1-9]\d*)$/)
  .meta({ description: 'Whole minor units of the currency as a string.' });
const accounts = { accountType: z.enum(ACCOUNT_TYPES), currency: z.string() };

/** How far the figures are. */
const FigureFreshness = z
  .strictObject({
    asOf: z.iso.datetime({ precision: 3 }).meta({ description: 'Everything that was in the event log by then is counted.' }),
    lagSeconds: z.number().min(0).meta({ description: 'How long ago that was; 0 when everything is counted.' }),
    sequence: z.string().meta({ description: 'Number of the last event that is counted, as `GET /v1/events` shows it.' }),
    eventsBehind: count,
  })
  .meta({ id: 'FigureFreshness' });

const freshness = { asOf: '2026-11-23T06:30:00.000Z', lagSeconds: 0, sequence: '4711', eventsBehind: 0 } as const;

const DayFigures = z
  .strictObject({
    day: z.iso.date(),
    customers: z.int().meta({ description: 'How many there were at its end.' }),
    came: z.int().meta({ description: 'Created, restored, set apart again.' }),
    went: z.int().meta({ description: 'Deleted, merged away.' }),
    activeCustomers: count.meta({ description: 'Those for whom something was booked on the day.' }),
    transactions: count.meta({ description: 'Booked on the day.' }),
    events: count.meta({ description: 'Events of the tenant, of all types.' }),
    volume: z
      .array(z.strictObject({ ...accounts, transactions: count, creditMinor: SumMinor, debitMinor: SumMinor }))
      .meta({ description: 'What was booked, by type of account and currency; nothing for those without.' }),
  })
  .meta({ id: 'DayFigures' });

export const dailyFigures = operation({
  id: 'dailyFigures',
  method: 'GET',
  path: '/v1/reports/daily',
  tag: 'Reports',
  summary: 'Figures of each day',
  description:
    'For dashboards: answered from figures that are kept as things happen, seconds behind at most, however much there is. Days are those of UTC. What comes late changes the day it belongs to. For exact figures of an instant in another time zone, make a report.',
  roles: everyone,
  writes: false,
  query: z.strictObject({
    from: Day.optional().meta({ description: 'First day; 30 days before `to` when absent.' }),
    to: Day.optional().meta({
      description: `The day behind the last; tomorrow when absent. At most ${FIGURE_DAYS_MAX} days behind \`from\`.`,
    }),
  }),
  success: {
    status: 200,
    description: 'The figures.',
    body: z
      .strictObject({
        from: z.iso.date(),
        to: z.iso.date(),
        timeZone: z.literal('UTC'),
        freshness: FigureFreshness,
        customers: z
          .array(z.strictObject({ status: z.string(), segment: z.string().nullable(), customers: count }))
          .meta({ description: 'At the end of the last day, by status and segment.' }),
        accounts: z
          .array(z.strictObject({ ...accounts, accounts: count.meta({ description: 'Open ones.' }), balanceMinor: SumMinor }))
          .meta({ description: 'What was posted by the end of the last day, by type of account and currency.' }),
        days: z.array(DayFigures),
      })
      .meta({ id: 'DailyFigures' }),
    example: {
      from: '2026-11-23',
      to: '2026-11-24',
      timeZone: 'UTC',
      freshness,
      customers: [{ status: 'active', segment: 'retail', customers: 1204 }],
      accounts: [{ accountType: 'current', currency: 'EUR', accounts: 1310, balanceMinor: '120450042' }],
      days: [
        {
          ...{ day: '2026-11-23', customers: 1204, came: 12, went: 1, activeCustomers: 310, transactions: 522, events: 541 },
          volume: [{ accountType: 'current', currency: 'EUR', transactions: 522, creditMinor: '910022', debitMinor: '411300' }],
        },
      ],
    },
  },
  problems: ['invalid-request'],
});

export const cohortFigures = operation({
  id: 'cohortFigures',
  method: 'GET',
  path: '/v1/reports/cohorts',
  tag: 'Reports',
  summary: 'How many customers stay',
  description:
    'Customers by the month in which they came, and for how many of them something was booked in each month since. Whoever has left since stays in the cohort, so what was told of a month changes only when something is booked in it later. Months are those of UTC.',
  roles: everyone,
  writes: false,
  query: z.strictObject({
    from: Month.optional().meta({ description: 'First cohort; eleven months before `to` when absent.' }),
    to: Month.optional().meta({
      description: `Last cohort and last month; this one when absent. At most ${COHORT_MONTHS_MAX} months with \`from\`.`,
    }),
  }),
  success: {
    status: 200,
    description: 'The cohorts, oldest first; none for a month in which nobody came.',
    body: z
      .strictObject({
        from: Month,
        to: Month,
        timeZone: z.literal('UTC'),
        freshness: FigureFreshness,
        cohorts: z.array(
          z.strictObject({
            cohort: Month,
            customers: count,
            months: z.array(z.strictObject({ month: Month, active: count })),
          }),
        ),
      })
      .meta({ id: 'CohortFigures' }),
    example: {
      from: '2026-10',
      to: '2026-11',
      timeZone: 'UTC',
      freshness,
      cohorts: [
        {
          cohort: '2026-10',
          customers: 120,
          months: [
            { month: '2026-10', active: 96 },
            { month: '2026-11', active: 71 },
          ],
        },
      ],
    },
  },
  problems: ['invalid-request'],
});
