import { decimalOf, minorDigits } from '@tenantry/contracts';
import { useMemo } from 'react';
import { usePreferences } from '../app/preferences-provider.tsx';

/** How numbers, money and instants are written in the language and the time zone the person has chosen. */
export interface Format {
  readonly instant: (iso: string) => string;
  /** In another zone than the person's own, which is named with it. */
  readonly instantIn: (iso: string, timeZone: string) => string;
  /** The time alone when it is of today. */
  readonly recent: (iso: string) => string;
  readonly day: (iso: string) => string;
  /** The day an instant falls on, in full. */
  readonly dayOf: (iso: string) => string;
  readonly time: (iso: string) => string;
  /** A day without its year, for the axis of a chart. */
  readonly shortDay: (iso: string) => string;
  readonly ago: (iso: string) => string;
  readonly number: (value: number) => string;
  readonly percent: (share: number) => string;
  /** Minor units as a string, digits kept exactly however large. */
  readonly money: (amountMinor: string, currency: string) => string;
  readonly bytes: (value: number) => string;
  /** Seconds, in the unit that fits. */
  readonly duration: (seconds: number) => string;
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

const WITH_WEEKDAY: Intl.DateTimeFormatOptions = {
  ...({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' } as const),
  ...({ hour: 'numeric', minute: '2-digit', timeZoneName: 'short' } as const),
};

const UNITS = [
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** Formats for the current preferences. */
export function useFormat(): Format {
  const { language, timeZone } = usePreferences().preferences;
  // The same object as long as nothing else is chosen: columns of a table are made of it, and rows are drawn anew when these are others.
  return useMemo(() => formatOf(language, timeZone), [language, timeZone]);
}

function formatOf(language: string, chosen: string): Format {
  const timeZone = chosen === 'local' ? {} : { timeZone: chosen };
  return {
    instant: (iso) => dates(language, { dateStyle: 'medium', timeStyle: 'short', ...timeZone }).format(new Date(iso)),
    instantIn: (iso, zone) => dates(language, { ...WITH_WEEKDAY, timeZone: zone }).format(new Date(iso)),
    recent: (iso) => {
      const day = dates(language, { dateStyle: 'medium', ...timeZone });
      const isToday = day.format(new Date(iso)) === day.format(new Date());
      return dates(language, { ...(isToday ? {} : { dateStyle: 'medium' }), timeStyle: 'short', ...timeZone }).format(new Date(iso));
    },
    day: (iso) => dates(language, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(iso)),
    dayOf: (iso) => dates(language, { dateStyle: 'full', ...timeZone }).format(new Date(iso)),
    time: (iso) => dates(language, { timeStyle: 'short', ...timeZone }).format(new Date(iso)),
    shortDay: (iso) => dates(language, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(iso)),
    ago: (iso) => {
      const seconds = (new Date(iso).getTime() - Date.now()) / 1000;
      const relative = relatives(language, { numeric: 'auto' });
      const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['second' as const, 1];
      return Math.abs(seconds) > 30 * 86_400
        ? dates(language, { dateStyle: 'medium', ...timeZone }).format(new Date(iso))
        : relative.format(Math.round(seconds / size), unit);
    },
    number: (value) => numbers(language, {}).format(value),
    percent: (share) => numbers(language, { style: 'percent', maximumFractionDigits: 1 }).format(share),
    money: (amountMinor, currency) => {
      const digits = minorDigits(currency);
      const format = numbers(language, {
        style: 'currency',
        currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      // A decimal text keeps all eighteen digits, a number would not.
      return format.format(decimalOf(amountMinor, currency) as `${number}`);
    },
    duration: (seconds) => {
      const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? (['millisecond', 0.001] as const);
      return numbers(language, { style: 'unit', unit, unitDisplay: 'short', maximumSignificantDigits: 3 }).format(seconds / size);
    },
    bytes: (value) => {
      const power = Math.min(4, Math.floor(Math.log2(Math.max(value, 1)) / 10));
      const unit = (['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const)[power] as string;
      return numbers(language, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 }).format(value / 1024 ** power);
    },
  };
}

/** Making a formatter takes a hundred times as long as using it, and a table has hundreds of cells: each is made once. */
function kept<Options extends object, Made>(
  make: (language: string, options: Options) => Made,
): (language: string, options: Options) => Made {
  const made = new Map<string, Made>();
  return (language, options) => {
    const key = `${language} ${JSON.stringify(options)}`;
    const found = made.get(key) ?? make(language, options);
    made.set(key, found);
    return found;
  };
}

const dates = kept((language, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options));
const relatives = kept((language, options: Intl.RelativeTimeFormatOptions) => new Intl.RelativeTimeFormat(language, options));
const numbers = kept((language, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options));
