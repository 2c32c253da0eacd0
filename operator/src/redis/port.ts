import type { Credential } from '../tenant/credentials.ts';

/** A tenant's user in Redis as it should be. */
export interface CacheLogin {
  readonly user: string;
  /** Every one of them opens it: the current generation's and, while a rotation overlaps, the one before. */
  readonly credentials: readonly Credential[];
  /** Prefix of the keys and channels it may use. */
  readonly prefix: string;
  /** False: nobody can sign in. */
  readonly isOn: boolean;
}

export interface FoundCacheLogin {
  readonly isOn: boolean;
  /** SHA-256 of each password, in hex; undefined when it takes any password. */
  readonly passwordHashes: readonly string[] | undefined;
  /** Patterns as Redis writes them, e.g. `~t:1:*`. */
  readonly keys: readonly string[];
  readonly channels: readonly string[];
  /** Commands it may use, categories resolved to what they are in this server. */
  readonly commands: ReadonlySet<string>;
  /** True when it has selectors (Redis 7), which may allow more than all of the above. */
  readonly hasSelectors: boolean;
}

/** What the tenant steps need of Redis. Every write is one outside effect and may be repeated. */
export interface CacheAdministration {
  readonly login: (user: string) => Promise<FoundCacheLogin | undefined>;
  /** What a tenant's user may do: the commands of `TENANT_REDIS_RULES` in this server. */
  readonly tenantCommands: () => Promise<ReadonlySet<string>>;
  /** Users whose name begins so, as text to compare. */
  readonly everything: (prefix: string) => Promise<ReadonlyMap<string, string>>;
  /** Replaces the user as a whole. */
  readonly putLogin: (login: CacheLogin) => Promise<void>;
  /** Its connections end with it. Gone already counts as deleted. */
  readonly deleteLogin: (user: string) => Promise<void>;
  readonly close: () => Promise<void>;
}
