import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalIssuer, localIssuer } from '../../testing/local-issuer.ts';
import { AccessTokens } from './access-tokens.ts';
import { realmKeys } from './realm-keys.ts';

let issuer: LocalIssuer;
let nowMs: number;
let tokens: AccessTokens;
const organizationId = randomUUID();

beforeEach(async () => {
  issuer = await localIssuer();
  nowMs = Date.now();
  const now = () => nowMs;
  tokens = new AccessTokens({ issuer: issuer.url, keys: realmKeys(issuer.url, { now }), now });
});
afterEach(() => issuer[Symbol.asyncDispose]());

/** A token as if issued now, whatever the test's clock says. */
const outcome = async (wishes: { kid?: string; subject?: string } = {}): Promise<string> => {
  const seconds = Math.floor(nowMs / 1000);
  const { kid, subject = randomUUID() } = wishes;
  const token = await issuer.token({
    organizationId,
    subject,
    claims: { iat: seconds, exp: seconds + 300 },
    ...(kid === undefined ? {} : { header: { kid } }),
  });
  return Promise.resolve(tokens.check(`Bearer ${token}`)).then(
    () => 'accepted',
    (error: { code?: string }) => String(error.code),
  );
};
const later = (ms: number): void => {
  nowMs += ms;
};

describe('the keys of the realm', () => {
  it('are asked for once, by a thousand tokens at once', async () => {
    expect(new Set(await Promise.all(Array.from({ length: 1000 }, () => outcome())))).toEqual(new Set(['accepted']));
    expect(issuer.fetches()).toBe(1);
  });

  it('are asked for at most every 30 s by key ids nobody knows (H13)', async () => {
    await outcome();
    for (let half = 0; half < 6; half += 1) {
      for (let at = 0; at < 20; at += 1) expect(await outcome({ kid: `unknown-${half}-${at}` })).toBe('token-invalid');
      later(15_000);
    }
    // 90 seconds of flood: at 30, 60 and 90.
    expect(issuer.fetches()).toBeLessThanOrEqual(1 + 3);
  });

  it('that are new are found by the first token they sign', async () => {
    expect(await outcome()).toBe('accepted');
    await issuer.rotate();
    later(30_000);
    expect(await outcome()).toBe('accepted');
    expect(issuer.fetches()).toBe(2);
  });

  it('that were taken out are good no more some minutes later, though nothing asks for a new one', async () => {
    const keys = realmKeys(issuer.url, { now: () => nowMs });
    const find = () =>
      Promise.resolve(keys({ alg: 'RS256', kid: issuer.kid }, {} as never)).then(
        () => 'known',
        () => 'unknown',
      );
    expect(await find()).toBe('known');
    await issuer.rotate();
    later(6 * 60_000);
    // Known keys answer at once and are renewed behind.
    expect(await find()).toBe('known');
    await expect.poll(find).toBe('unknown');
    expect(issuer.fetches()).toBe(2);
  });

  it.each([
    ['no JSON', { status: 200, body: '<html>oops</html>' }],
    ['JSON that is no key set', { status: 200, body: '{"error":"x"}' }],
    ['an empty key set', { status: 200, body: '{"keys":[]}' }],
    ['an error', { status: 500, body: '{}' }],
    ['far too much', { status: 200, body: `{"keys":[${'{"kty":"RSA"},'.repeat(50_000)}{"kty":"RSA"}]}` }],
  ])('that are answered with %s are ignored: known keys stay good (F31)', async (_, answer) => {
    expect(await outcome()).toBe('accepted');
    issuer.answerInstead(answer);
    later(31_000);
    expect(await outcome({ kid: 'unknown' })).toBe('unavailable');
    later(10 * 60_000);
    expect(await outcome()).toBe('accepted');
    issuer.answerInstead(undefined);
    later(31_000);
    expect(await outcome({ kid: 'unknown' })).toBe('token-invalid');
  });

  it('are used for an hour while the realm is away, and no longer', async () => {
    expect(await outcome()).toBe('accepted');
    issuer.answerInstead({ status: 503, body: '' });
    for (let minutes = 5; minutes <= 55; minutes += 10) {
      later(10 * 60_000);
      if (minutes < 55) expect(await outcome()).toBe('accepted');
    }
    later(10 * 60_000);
    expect(await outcome()).toBe('unavailable');
    issuer.answerInstead(undefined);
    later(31_000);
    expect(await outcome()).toBe('accepted');
  });
});
