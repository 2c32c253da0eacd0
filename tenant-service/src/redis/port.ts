/** One caller's tokens as replicas share them. */
export interface Taking {
  /** `t:<tenantId>:…`. */
  readonly key: string;
  /** Tokens that come back per millisecond. */
  readonly perMs: number;
  readonly capacity: number;
  /** Taken by this replica since it last said so. */
  readonly taken: number;
}

/** Hears what other replicas say on one channel. */
export interface Listening {
  /**
   * True while nothing can have been missed: everything said until `maxSilenceMs` ago has been heard. False at once when the connection is lost, and until
   * it is followed again.
   */
  readonly isCurrent: () => boolean;
}

/**
 * What replicas of a cell share for a while, in our words. A convenience, never a need (design §1): nothing is kept that may not be lost, every
 * call ends quickly, and while it is away each replica decides alone.
 */
export interface SharedMemory {
  readonly isConnected: () => boolean;
  /**
   * Takes the tokens and returns what is left of each, below zero when replicas together took too many. @throws RedisAway, also while the answer before
   * is outstanding; whether that one took them is not known.
   */
  readonly take: (takings: readonly Taking[]) => Promise<number[]>;
  /** Resolves when the message is on its way to everyone who listens. @throws RedisAway. */
  readonly say: (channel: string, message: string) => Promise<void>;
  /** One channel, or with `*` every channel of the pattern. `gap` is called when something may have been missed. */
  readonly listen: (channel: string, to: { readonly message: (text: string) => void; readonly gap: () => void }) => Listening;
  /** Called after every (re)connection. */
  readonly onConnect: (listener: () => void) => void;
  readonly close: () => Promise<void>;
}
