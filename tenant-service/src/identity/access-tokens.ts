import { hash } from 'node:crypto';
import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import type { Actor } from './actor.ts';
import { rolesOf } from './policy.ts';

const TOKEN_LENGTH_MAX = 8192;
const CACHE_SIZE = 10_000;
const CLOCK_TOLERANCE_S = 5;

const Claims = z.object({
  // Part of every idempotency key, which is bounded in the database.
  sub: z.string().min(1).max(255),
  exp: z.number(),
  iat: z.number(),
  // Told by `GET /v1/me`, and nothing is decided by them.
  name: z.string().max(300).optional().catch(undefined),
  email: z.string().max(254).optional().catch(undefined),
  client_id: z.string().max(300).optional().catch(undefined),
  organization: z.record(z.string(), z.object({ id: z.uuid(), groups: z.array(z.string()).default([]) })),
});

interface AccessTokensOptions {
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
  readonly now?: () => number;
  readonly onToken?: (outcome: 'cached' | 'verified' | 'refused') => void;
  /** Called once per token, when it is verified. */
  readonly onVerified?: (actor: Actor) => void;
  /** Tokens taken back before their time. */
  readonly revoked?: { readonly has: (actor: Actor) => boolean };
}

/**
 * Checks access tokens as RFC 9068 and design D11 want: RS256, header type `at+jwt`, issuer, audience `tenantry-api`, exactly one
 * organization. A token that passed is remembered by its hash until it expires; memory never holds the token itself.
 */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  readonly #now: () => number;
  readonly #verified = new Map<string, Actor>();

  constructor(options: AccessTokensOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Answers at once for a token seen before. @throws Problem token-missing, token-invalid, tenant-unknown, unavailable. */
  check(authorization: string | undefined): Actor | Promise<Actor> {
    if (authorization === undefined) throw new Problem('token-missing', 'Send an access token as "Authorization: Bearer …".');
    const key = hash('sha256', authorization, 'base64');
    const known = this.#verified.get(key);
    if (known && known.expiresAtMs > this.#now()) {
      this.#options.onToken?.('cached');
      return known;
    }
    // Only a header that was looked at closely once is in the cache, so a hit needs no second look.
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization)?.[1];
    if (token === undefined || token.length > TOKEN_LENGTH_MAX) throw this.#refused('The Authorization header holds no access token.');
    return this.#verify(token, key);
  }

  /** True when what was accepted once would not be now. */
  isRevoked(actor: Actor): boolean {
    return this.#options.revoked?.has(actor) ?? false;
  }

  /** Takes out of the cache what was revoked since: those tokens are looked at again. */
  forgetRevoked(): void {
    for (const [key, actor] of this.#verified) if (this.#options.revoked?.has(actor)) this.#verified.delete(key);
  }

  async #verify(token: string, key: string): Promise<Actor> {
    const claims = await this.#claims(token);
    const organizations = Object.values(claims.organization);
    const [organization] = organizations;
    if (organization === undefined || organizations.length > 1) {
      throw this.#refused('The token must be for exactly one organization: ask for scope "organization:<tenant>".');
    }
    const actor: Actor = {
      subject: claims.sub,
      organizationId: organization.id,
      roles: rolesOf(organization.groups),
      name: claims.name,
      email: claims.email,
      clientId: claims.client_id,
      issuedAtMs: claims.iat * 1000,
      expiresAtMs: claims.exp * 1000,
    };
    if (this.#options.revoked?.has(actor)) throw this.#refused('What you may do has changed since the token was issued. Get a new one.');
    if (this.#verified.size >= CACHE_SIZE) this.#forgetSome();
    this.#verified.set(key, actor);
    this.#options.onToken?.('verified');
    this.#options.onVerified?.(actor);
    return actor;
  }

  async #claims(token: string): Promise<z.infer<typeof Claims>> {
    try {
      const { payload } = await jwtVerify(token, this.#options.keys, {
        issuer: this.#options.issuer,
        audience: 'tenantry-api',
        algorithms: ['RS256'],
        typ: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'sub'],
        // Also refuses an iat in the future.
        maxTokenAge: '1h',
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(this.#now()),
      });
      const parsed = Claims.safeParse(payload);
      if (parsed.success) return parsed.data;
      throw this.#refused('The token names no organization.');
    } catch (error) {
      if (error instanceof Problem) throw error;
      if (error instanceof errors.JOSEError) {
        throw this.#refused('The token is expired, not for this API, or not signed by its issuer.', error);
      }
      throw new Problem('unavailable', 'The identity provider cannot be reached at the moment.', {
        cause: error,
        headers: { 'retry-after': '2' },
      });
    }
  }

  #refused(detail: string, cause?: unknown): Problem {
    this.#options.onToken?.('refused');
    return new Problem('token-invalid', detail, { cause });
  }

  /** The oldest tenth; expired ones first would need a walk over all. */
  #forgetSome(): void {
    let left = CACHE_SIZE / 10;
    for (const key of this.#verified.keys()) {
      this.#verified.delete(key);
      left -= 1;
      if (left <= 0) return;
    }
  }
}
