import { Cron } from 'croner';

/** Rhythms that need no cron; whatever is none of them is `custom`. */
export const RHYTHMS = ['daily', 'weekdays', 'weekly', 'monthly', 'custom'] as const;

/** When a schedule runs, as people choose it. */
export interface Rhythm {
  readonly kind: (typeof RHYTHMS)[number];
  /** `06:00`. */
  readonly time: string;
  /** Of `weekly`: 0 is Sunday. */
  readonly weekday: number;
  /** Of `monthly`; months that have no such day are left out. */
  readonly day: number;
  /** Of `custom`: five fields, as they were typed. */
  readonly cron: string;
}

const FIRST: Rhythm = { kind: 'custom', time: '06:00', weekday: 1, day: 1, cron: '' };

/** What the five fields of cron say, as far as there is a choice that says the same. */
export function rhythmOf(cron: string): Rhythm {
  const match = /^(\d{1,2}) (\d{1,2}) (\*|\d{1,2}) \* (\*|[0-6]|1-5)$/.exec(cron);
  const [, minute = '', hour = '', day = '', weekday = ''] = match ?? [];
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  const chosen = { ...FIRST, cron, time };
  if (match === null || Number(hour) > 23 || Number(minute) > 59) return { ...FIRST, cron };
  if (day === '*' && weekday === '*') return { ...chosen, kind: 'daily' };
  if (day === '*' && weekday === '1-5') return { ...chosen, kind: 'weekdays' };
  if (day === '*') return { ...chosen, kind: 'weekly', weekday: Number(weekday) };
  if (weekday === '*' && Number(day) >= 1 && Number(day) <= 31) return { ...chosen, kind: 'monthly', day: Number(day) };
  return { ...FIRST, cron };
}

/** The five fields of cron for what was chosen. */
export function cronOf({ kind, time, weekday, day, cron }: Rhythm): string {
  if (kind === 'custom') return cron.trim().replace(/\s+/g, ' ');
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const days = { daily: '* * *', weekdays: '* * 1-5', weekly: `* * ${weekday}`, monthly: `${day} * *` };
  return `${minute} ${hour} ${days[kind]}`;
}

/** The next instants in the time zone, reckoned as the service does; undefined for what is no cron. */
export function nextRuns(cron: string, timeZone: string, after: Date, count: number): readonly string[] | undefined {
  try {
    return new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true }).nextRuns(count, after).map((at) => at.toISOString());
  } catch {
    return undefined;
  }
}
