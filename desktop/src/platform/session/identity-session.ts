import type { Person, RealmName, SessionView } from '../bridge.ts';
import { PlatformError } from '../platform-error.ts';
import { type Granted, type IdentityProvider, SessionEnded, type SessionLog, type SessionVault } from './session-parts.ts';
import { claimsOf, isMadeFor, TokenClaims } from './token-claims.ts';

export interface IdentitySessionOptions {
  readonly realm: RealmName;
  readonly provider: IdentityProvider;
  readonly vault: SessionVault;
  /** Under which name the vault keeps it. */
  readonly name: string;
  /** Everything that is asked for at sign-in; a token is narrowed from it. */
  readonly signInScope: string;
  readonly log: SessionLog;
  readonly onChange: (session: SessionView) => void;
  readonly now?: () => number;
  /** Where it is kept who was signed in, for a start without the provider; nowhere in a browser, which keeps nothing. */
  readonly people?: Pick<SessionVault, 'read' | 'write' | 'remove'>;
  /** How long a window that opens waits for a provider that does not answer, when it is known who was signed in. */
  readonly patienceMs?: number;
}

/** What a token is to be good for. */
export interface TokenWish {
  readonly scope: string;
  /** The only one who may take it. Keycloak leaves out a scope it denies without a word, so what comes is looked at. */
  readonly audience: string;
  /** The only tenant in it. */
  readonly tenant?: string;
}

/** A token is not handed out for longer than this before its end: a call takes its time, and clocks differ. */
const MARGIN_MS = 30_000;
const PATIENCE_MS = 5_000;

/**
 * One person's session with one realm. The refresh token stays in here and in the vault; access tokens are handed to those who call servers, and
 * however many ask at once, one refresh answers them all.
 */
export class IdentitySession {
  readonly #options: IdentitySessionOptions;
  readonly #now: () => number;
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>();
  readonly #underWay = new Map<string, Promise<string>>();
  /** Refreshes of one session follow each other: with rotation, the second of two at once would end it. */
  #turn: Promise<unknown> = Promise.resolve();
  #claims: TokenClaims | undefined;
  /** Who was signed in when the provider said that it was over. */
  #lapsed: TokenClaims | undefined;
  /** Counts sessions: what was asked for in an earlier one is thrown away when it comes. */
  #era = 0;
  #restored: Promise<void> | undefined;
  /** Who they are is known from an earlier start only. */
  #isFromBefore = false;
  #later: Promise<void> | undefined;

  constructor(options: IdentitySessionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Who is signed in; a session that was kept is taken up again first. While the provider cannot be reached it is who was signed in last: they see what
   * was kept for them, and nothing else, as every token still comes from the provider.
   */
  async view(): Promise<SessionView> {
    if (this.#claims === undefined) await this.#begin();
    else if (this.#isFromBefore) this.#takeUpLater();
    return await this.#view();
  }

  /** @throws PlatformError when the person does not come back, or the identity provider refuses */
  async signIn(): Promise<SessionView> {
    const tokens = await this.#options.provider.signIn(this.#options.signInScope, this.#lapsed !== undefined);
    if (tokens.refreshToken === undefined)
      throw new PlatformError({ code: 'sign-in-failed', title: 'You are not signed in', detail: 'The identity provider gave no session.' });
    this.#restored = Promise.resolve();
    this.#era += 1;
    this.#tokens.clear();
    await this.#keep(tokens);
    this.#options.log.info('signed in', { realm: this.#options.realm });
    return await this.#changed();
  }

  /** Here at once, even when the identity provider is away; there as soon as it is asked. */
  async signOut(): Promise<SessionView> {
    const refreshToken = await this.#options.vault.read(this.#options.name);
    await this.#forget();
    if (refreshToken !== undefined)
      await this.#options.provider
        .endSession(refreshToken)
        .catch((error: unknown) => this.#options.log.error('the session could not be ended at the identity provider', {}, error));
    return await this.#changed();
  }

  /** Looks anew which tenants the person is a member of; of nobody it asks nothing. @throws PlatformError when the session has ended, or `unavailable` */
  async renew(): Promise<void> {
    await this.#restore();
    if (this.#claims === undefined) return;
    this.#claims = claimsOf((await this.#inTurn(() => this.#refresh(undefined))).accessToken);
    // A token of a tenant they were in before says what was true then.
    this.#tokens.clear();
    await this.#changed();
  }

  /** A token that is good for a while. @throws PlatformError `not-signed-in`, `forbidden` when it is not granted, `unavailable` */
  async token(wish: TokenWish): Promise<string> {
    const known = this.#tokens.get(wish.scope);
    if (known !== undefined && known.until - MARGIN_MS > this.#now()) return known.token;
    let asked = this.#underWay.get(wish.scope);
    if (asked === undefined) {
      asked = this.#fresh(wish).finally(() => this.#underWay.delete(wish.scope));
      this.#underWay.set(wish.scope, asked);
    }
    return await asked;
  }

  /** The next call asks for a new token: a server did not take this one. */
  expire(scope: string): void {
    this.#tokens.delete(scope);
  }

  async #fresh(wish: TokenWish): Promise<string> {
    const { accessToken } = await this.#inTurn(() => this.#refresh(wish.scope));
    const claims = claimsOf(accessToken);
    const tenants = Object.keys(claims.organization ?? {});
    const isRight = isMadeFor(claims, wish.audience) && (wish.tenant === undefined || (tenants.length === 1 && tenants[0] === wish.tenant));
    if (!isRight)
      throw new PlatformError({
        code: 'forbidden',
        title: 'You have no access',
        detail: wish.tenant === undefined ? 'Your account lacks the right.' : `You are no member of ${wish.tenant}.`,
      });
    this.#tokens.set(wish.scope, { token: accessToken, until: claims.exp * 1000 });
    return accessToken;
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #refresh(scope: string | undefined): Promise<Granted> {
    const { provider, vault, name } = this.#options;
    const era = this.#era;
    const refreshToken = await vault.read(name);
    if (refreshToken === undefined) throw notSignedIn();
    try {
      const tokens = await provider.refresh(refreshToken, scope);
      if (era !== this.#era) throw notSignedIn();
      if (tokens.refreshToken !== undefined && tokens.refreshToken !== refreshToken) await vault.write(name, tokens.refreshToken);
      // A sign-out while that was written found nothing yet to remove.
      if (era !== this.#era) {
        if (this.#claims === undefined) await vault.remove(name);
        throw notSignedIn();
      }
      return tokens;
    } catch (error) {
      if (!(error instanceof SessionEnded) || era !== this.#era) throw error;
      const lapsed = this.#claims;
      await this.#forget();
      this.#lapsed = lapsed;
      await this.#changed();
      throw notSignedIn();
    }
  }

  #restore(): Promise<void> {
    this.#restored ??= (async () => {
      if ((await this.#options.vault.read(this.#options.name)) === undefined) return;
      // Without a scope: everything the sign-in was given, so the list of tenants is today's.
      const era = this.#era;
      const claims = claimsOf((await this.#inTurn(() => this.#refresh(undefined))).accessToken);
      if (era === this.#era) await this.#know(claims);
    })().catch((error: unknown) => {
      this.#restored = undefined;
      if (codeOf(error) !== 'not-signed-in') throw error;
    });
    return this.#restored;
  }

  async #begin(): Promise<void> {
    const known = await this.#lastKnown();
    if (known === undefined) return await this.#restore();
    const era = this.#era;
    const restored = this.#restore().then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) !== 'unavailable') throw error;
        return false;
      },
    );
    const patience = Promise.withResolvers<false>();
    const timer = setTimeout(() => patience.resolve(false), this.#options.patienceMs ?? PATIENCE_MS);
    const isThere = await Promise.race([restored, patience.promise]).finally(() => clearTimeout(timer));
    // Who has signed out meanwhile is nobody.
    if (isThere || era !== this.#era || this.#claims !== undefined) return;
    this.#claims = known;
    this.#isFromBefore = true;
    this.#takeUpLater();
  }

  /** The window is told as soon as the provider has answered after all. */
  #takeUpLater(): void {
    this.#later ??= this.#restore()
      .then(() => this.#changed())
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        this.#later = undefined;
      });
  }

  async #lastKnown(): Promise<TokenClaims | undefined> {
    const text = await this.#options.people?.read(this.#personName);
    const known = TokenClaims.safeParse(text === undefined ? undefined : JSON.parse(text));
    return known.success ? known.data : undefined;
  }

  get #personName(): string {
    return `${this.#options.name} person`;
  }

  /** Kept beside the session, sealed as it is. The token itself is not. */
  async #know(claims: TokenClaims): Promise<void> {
    this.#claims = claims;
    this.#lapsed = undefined;
    this.#isFromBefore = false;
    await this.#options.people?.write(this.#personName, JSON.stringify(claims));
  }

  async #keep(tokens: Granted): Promise<void> {
    await this.#know(claimsOf(tokens.accessToken));
    if (tokens.refreshToken !== undefined) await this.#options.vault.write(this.#options.name, tokens.refreshToken);
  }

  async #forget(): Promise<void> {
    this.#era += 1;
    this.#tokens.clear();
    this.#claims = undefined;
    this.#lapsed = undefined;
    await this.#options.people?.remove(this.#personName);
    await this.#options.vault.remove(this.#options.name);
  }

  async #changed(): Promise<SessionView> {
    const view = await this.#view();
    this.#options.onChange(view);
    return view;
  }

  async #view(): Promise<SessionView> {
    const claims = this.#claims;
    const { realm, vault } = this.#options;
    return {
      realm,
      signedIn: claims !== undefined,
      person: claims && personOf(claims),
      lapsed: this.#lapsed && personOf(this.#lapsed),
      tenants: Object.keys(claims?.organization ?? {}).sort(),
      kept: await vault.kept(),
    };
  }
}

function personOf(claims: TokenClaims): Person {
  const username = claims.preferred_username ?? claims.sub;
  return { subject: claims.sub, username, name: claims.name ?? username, email: claims.email };
}

function notSignedIn() {
  return new PlatformError({
    code: 'not-signed-in',
    title: 'You are not signed in',
    detail: 'Your session has ended. Sign in again; what you typed stays.',
  });
}

function codeOf(error: unknown): string | undefined {
  return (error as { problem?: { code?: string } } | undefined)?.problem?.code;
}
