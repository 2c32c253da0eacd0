import { SORT_KEYS_MAX } from '@tenantry/contracts';
import { Problem } from '../problem.ts';

export interface SortKey {
  readonly field: string;
  readonly descending: boolean;
}

/**
 * The keys of `sort=-createdAt,name`, with `id` behind them in the last key's direction: no two rows are equal then.
 * @throws Problem `invalid-request` naming what is allowed.
 */
export function parseSort(allowed: readonly string[], sort: string): SortKey[] {
  const keys: SortKey[] = [];
  for (const word of sort.split(',')) {
    const descending = word.startsWith('-');
    const field = descending ? word.slice(1) : word;
    if (!allowed.includes(field))
      throw refused(`names something else than ${allowed.join(', ')}, each at most once, with - in front for descending`);
    if (keys.some((key) => key.field === field)) throw refused(`names ${field} twice`);
    keys.push({ field, descending });
  }
  const last = keys.findIndex(({ field }) => field === 'id');
  // What follows the id never decides anything.
  const deciding = last === -1 ? [...keys, { field: 'id', descending: keys.at(-1)?.descending ?? false }] : keys.slice(0, last + 1);
  if (deciding.length > SORT_KEYS_MAX + 1) throw refused(`has more than ${SORT_KEYS_MAX} keys`);
  return deciding;
}

/** As a query writes it, the tie-breaker too. */
export function sortText(keys: readonly SortKey[]): string {
  return keys.map(({ field, descending }) => (descending ? `-${field}` : field)).join(',');
}

function refused(detail: string): Problem {
  return new Problem('invalid-request', 'The sort order is wrong.', { errors: [{ pointer: '/query/sort', detail }] });
}
