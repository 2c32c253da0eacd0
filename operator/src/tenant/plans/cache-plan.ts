import type { CacheLogin, FoundCacheLogin } from '../../redis/port.ts';
import { redisPasswordHash } from '../../redis/redis-password-hash.ts';
import type { Plan } from '../converge.ts';

export interface CacheChange {
  readonly kind: 'put' | 'delete';
  /** What differs, in a few words; never a password. */
  readonly what: readonly string[];
}

/** Makes, puts back or (when none is wanted) removes the tenant's user in Redis. It is compared with everything that could widen it. */
export function cachePlan(
  wanted: CacheLogin | undefined,
  commands: ReadonlySet<string>,
  found: FoundCacheLogin | undefined,
): Plan<CacheChange> {
  if (wanted === undefined) return { changes: found === undefined ? [] : [{ kind: 'delete', what: ['no longer needed'] }] };
  if (found === undefined) return { changes: [{ kind: 'put', what: ['missing'] }] };
  const hashes = wanted.credentials.map(({ password }) => redisPasswordHash(password));
  const differences: readonly (readonly [string, boolean])[] = [
    ['state', found.isOn !== wanted.isOn],
    ['passwords', found.passwordHashes === undefined || !isSame(hashes, found.passwordHashes)],
    ['keys', !isSame([`~${wanted.prefix}*`], found.keys)],
    ['channels', !isSame([`&${wanted.prefix}*`], found.channels)],
    ['commands', !isSame([...commands], [...found.commands])],
    ['selectors', found.hasSelectors],
  ];
  const what = differences.filter(([, differs]) => differs).map(([name]) => name);
  return { changes: what.length === 0 ? [] : [{ kind: 'put', what }] };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && [...one].sort().join('\n') === [...other].sort().join('\n');
}
