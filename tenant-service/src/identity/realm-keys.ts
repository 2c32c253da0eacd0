import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

/** Between two attempts while some keys are known: key ids are the caller's to invent, so asking is not (H13). */
const ASK_EVERY_MS = 30_000;
/** Between two attempts while none is known, which is at start only. */
const FIRST_TRY_EVERY_MS = 1000;
/** Asked again in the background from this age on, so that a key that was taken out stops being good. */
const FRESH_MS = 5 * 60_000;
/**
 * Keys are used for as long as a token they signed may live (`maxTokenAge`), however long the identity provider is away: no token it issued before
 * is refused because of its absence.
 */
const GOOD_MS = 3_600_000;
const TIMEOUT_MS = 5000;
const BYTES_MAX = 262_144;

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

interface RealmKeysOptions {
  readonly now?: () => number;
  readonly fetch?: typeof fetch;
}

/** The identity provider's keys cannot be had, and nothing can be said about a token without them. */
export class KeysAway extends Error {
  override readonly name = 'KeysAway';
}

/**
 * Public keys of a Keycloak realm. Asked for once at a time and at most every 30 s, whatever key ids arrive; an answer that is no key set is
 * ignored and what was known before stays in use (F31).
 */
export function realmKeys(issuer: string, options: RealmKeysOptions = {}): JWTVerifyGetKey {
  const url = `${issuer}/protocol/openid-connect/certs`;
  const now = options.now ?? Date.now;
  const ask = options.fetch ?? fetch;
  let keys: { readonly find: JWTVerifyGetKey; readonly at: number } | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    const answer = await ask(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), headers: { accept: 'application/json' } });
    const text = await answer.text();
    if (!answer.ok || text.length > BYTES_MAX) throw new KeysAway(`the realm's keys were answered with ${answer.status}`);
    const set = KeySet.parse(JSON.parse(text)) as unknown as JSONWebKeySet;
    keys = { find: createLocalJWKSet(set), at: now() };
  };
  /** Undefined when it is too early to ask again. */
  const refresh = (): Promise<void> | undefined => {
    if (asking) return asking;
    if (now() - askedAt < (keys === undefined ? FIRST_TRY_EVERY_MS : ASK_EVERY_MS)) return undefined;
    askedAt = now();
    asking = load().finally(() => {
      asking = undefined;
    });
    return asking;
  };

  return async (header, token) => {
    if (keys === undefined || now() - keys.at > GOOD_MS)
      await (refresh() ?? Promise.reject(new KeysAway('the keys could not be had a moment ago')));
    else if (now() - keys.at > FRESH_MS) refresh()?.catch(() => {});
    try {
      return await (keys as NonNullable<typeof keys>).find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const newer = refresh();
      if (newer === undefined) throw error;
      // Nobody can say that a key does not exist while its realm cannot be asked.
      await newer;
      return await (keys as NonNullable<typeof keys>).find(header, token);
    }
  };
}
