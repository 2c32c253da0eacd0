import { COHORT_MONTHS_MAX, FIGURE_DAYS_MAX } from '@tenantry/contracts';
import type { Handlers } from '../../http/handlers.ts';
import type { Row } from '../../postgres/flight.ts';
import { Problem } from '../../problem.ts';
import type { Door } from '../../tenancy/doors.ts';
import { COHORT_FIGURES, DAILY_FIGURES } from './figure-statements.ts';

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' } as const;
const DAY_MS = 86_400_000;
const DAYS_SHOWN = 30;
const COHORTS_SHOWN = 12;

/** Figures that are kept as things happen. */
export function figureHandlers({ door }: { readonly door: Door }): Handlers<'dailyFigures' | 'cohortFigures'> {
  return {
    dailyFigures: async ({ tenant, query }) => {
      const to = query.to ?? dayOf(Date.now() + DAY_MS);
      const from = query.from ?? dayOf(Date.parse(to) - DAYS_SHOWN * DAY_MS);
      const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
      if (days < 1) throw wrong('/query/to', `must be later than from, ${from}`);
      if (days > FIGURE_DAYS_MAX) throw wrong('/query/to', `must be at most ${FIGURE_DAYS_MAX} days behind from, ${from}`);
      const [row] = await door.read(tenant, (tx) => tx.run(DAILY_FIGURES, [from, to]));
      const { freshness, customers, accounts, days: figures } = counted(row);
      const body = JSON.stringify({ from, to, timeZone: 'UTC', freshness, customers, accounts, days: figures });
      return { status: 200, headers: HEADERS, body };
    },

    cohortFigures: async ({ tenant, query }) => {
      const to = query.to ?? dayOf(Date.now()).slice(0, 7);
      const from = query.from ?? monthOf(monthsOf(to) - COHORTS_SHOWN + 1);
      const months = monthsOf(to) - monthsOf(from) + 1;
      if (months < 1) throw wrong('/query/to', `must not be earlier than from, ${from}`);
      if (months > COHORT_MONTHS_MAX) throw wrong('/query/to', `must be at most ${COHORT_MONTHS_MAX} months with from, ${from}`);
      const [row] = await door.read(tenant, (tx) => tx.run(COHORT_FIGURES, [`${from}-01`, `${to}-01`]));
      const { freshness, cohorts } = counted(row);
      return { status: 200, headers: HEADERS, body: JSON.stringify({ from, to, timeZone: 'UTC', freshness, cohorts }) };
    },
  };
}

/** With how fresh it is. @throws Problem unavailable for a tenant whose past has not been counted yet. */
function counted(row: Row | undefined) {
  if (row === undefined) {
    throw new Problem('unavailable', 'The figures of this tenant are being counted for the first time.', {
      headers: { 'retry-after': '30' },
    });
  }
  const { sequence, last, waitsSince, ...figures } = row as { sequence: string; last: string; waitsSince: Date | null } & Row;
  const now = Date.now();
  // The database's clock may be ahead of ours.
  const asOf = Math.min(now, waitsSince?.getTime() ?? now);
  const freshness = {
    asOf: new Date(asOf).toISOString(),
    lagSeconds: (now - asOf) / 1000,
    sequence,
    eventsBehind: Number(last) - Number(sequence),
  };
  return { freshness, ...figures } as { readonly freshness: typeof freshness } & Row;
}

function wrong(pointer: string, detail: string): Problem {
  return new Problem('invalid-request', 'The figures cannot be of these days.', { errors: [{ pointer, detail }] });
}

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
const monthsOf = (month: string): number => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
const monthOf = (months: number): string => `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}`;
