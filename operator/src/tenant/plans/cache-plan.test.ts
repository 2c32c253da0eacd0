import { expect, it } from 'vitest';
import type { CacheLogin, FoundCacheLogin } from '../../redis/port.ts';
import { redisPasswordHash } from '../../redis/redis-password-hash.ts';
import { cachePlan } from './cache-plan.ts';

const credential = { password: 'p'.repeat(43), fingerprint: '0123456789ab' };
const before = { password: 'q'.repeat(43), fingerprint: '0123456789ac' };
const wanted: CacheLogin = { user: 't:1', credentials: [credential], prefix: 't:1:', isOn: true };
const commands = new Set(['get', 'set']);
const found: FoundCacheLogin = {
  isOn: true,
  passwordHashes: [redisPasswordHash(credential.password)],
  keys: ['~t:1:*'],
  channels: ['&t:1:*'],
  commands: new Set(['set', 'get']),
  hasSelectors: false,
};
const put = (...what: string[]) => ({ changes: [{ kind: 'put', what }] });

it.each<readonly [string, CacheLogin | undefined, FoundCacheLogin | undefined, object]>([
  ['changes nothing when the user is as wanted', wanted, found, { changes: [] }],
  ['changes nothing when none is wanted and none is there', undefined, undefined, { changes: [] }],
  ['makes a user that is missing', wanted, undefined, put('missing')],
  ['removes one that is not wanted', undefined, found, { changes: [{ kind: 'delete', what: ['no longer needed'] }] }],
  ['takes wider keys back', wanted, { ...found, keys: ['~t:1:*', '~*'] }, put('keys')],
  ['takes wider channels back', wanted, { ...found, channels: ['&*'] }, put('channels')],
  ['takes a further command back', wanted, { ...found, commands: new Set(['get', 'set', 'scan']) }, put('commands')],
  ['takes selectors away', wanted, { ...found, hasSelectors: true }, put('selectors')],
  ['puts a password back', wanted, { ...found, passwordHashes: [redisPasswordHash('another')] }, put('passwords')],
  ['ends "any password"', wanted, { ...found, passwordHashes: undefined }, put('passwords')],
  ['switches off', { ...wanted, isOn: false }, found, put('state')],
  ['keeps both passwords while a rotation overlaps', { ...wanted, credentials: [before, credential] }, found, put('passwords')],
  [
    'takes the previous one away afterwards',
    wanted,
    { ...found, passwordHashes: [redisPasswordHash(before.password), redisPasswordHash(credential.password)] },
    put('passwords'),
  ],
])('%s', (_what, want, is, plan) => {
  expect(cachePlan(want, commands, is)).toEqual(plan);
});
