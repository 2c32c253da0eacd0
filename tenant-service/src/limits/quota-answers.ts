import { Problem } from '../problem.ts';
import { type CountedQuota, type Level, secondsToMidnight } from './tenant-usage.ts';

/** What reaching a quota means, and what helps. */
const WORDS: Readonly<Record<CountedQuota, { readonly what: string; readonly help: string }>> = {
  requestsPerDay: {
    what: 'requests a day',
    help: 'Requests are answered again from midnight UTC; a larger plan takes effect within seconds.',
  },
  customers: { what: 'customers', help: 'Delete customers you no longer need, or ask for a larger plan. Reading and changing go on.' },
  storageBytes: { what: 'bytes of storage', help: 'Ask for a larger plan. Reading and deleting go on.' },
};

/** The refusal at a limit: which quota, how much, what to do. `headers` go with it. */
export function quotaExceeded(level: Level, wallMs: number, headers: Readonly<Record<string, string>> = {}): Problem {
  const { quota, limit, used } = level;
  const { what, help } = WORDS[quota];
  return new Problem('quota-exceeded', `The plan allows ${limit} ${what}, and ${used} are used. ${help}`, {
    headers: { ...headers, ...(quota === 'requestsPerDay' ? { 'retry-after': String(secondsToMidnight(wallMs)) } : {}) },
    members: { quota, limit, used },
  });
}

/** `Tenantry-Quota`: quotas that are nearly used up, as a list of RFC 9651, e.g. `customers;used=90;limit=100`. */
export function quotaWarning(near: readonly Level[]): string {
  return near.map(({ quota, limit, used }) => `${quota};used=${used};limit=${limit}`).join(', ');
}
