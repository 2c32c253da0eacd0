/** What a grant gave. */
export interface Granted {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
}

/** A realm of Keycloak, as a public client with PKCE speaks to it. */
export interface IdentityProvider {
  /**
   * Sends the person to the provider and waits for them. @param isAwaited somebody left something open that waits for them; another
   * person may come all the same. @throws PlatformError `sign-in-failed` or `unavailable`
   */
  readonly signIn: (scope: string, isAwaited?: boolean) => Promise<Granted>;
  /** New tokens, narrowed to `scope` when it is given. @throws SessionEnded when the session is over, PlatformError when nobody answers */
  readonly refresh: (refreshToken: string, scope: string | undefined) => Promise<Granted>;
  /** Ends the session at the provider: in the browser and in every application of it. */
  readonly endSession: (refreshToken: string) => Promise<void>;
}

/** The refresh token is not taken any more. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/** Where refresh tokens are kept, each under a name. */
export interface SessionVault {
  /** How a token that is put in now is kept. */
  readonly kept: () => Promise<'sealed' | 'memory'>;
  readonly read: (name: string) => Promise<string | undefined>;
  readonly write: (name: string, token: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

/** Who is told what happened to a session. */
export interface SessionLog {
  readonly info: (message: string, fields: Readonly<Record<string, string>>) => void;
  readonly error: (message: string, fields: Readonly<Record<string, string>>, error: unknown) => void;
}
