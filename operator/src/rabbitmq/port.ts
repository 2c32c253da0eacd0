import type { Credential } from '../tenant/credentials.ts';

/** A queue as it is declared; everything that may change later is in a policy. */
export interface QueueSpec {
  readonly name: string;
  readonly type: 'quorum' | 'classic';
}

export interface FoundQueue {
  readonly name: string;
  /** Also `stream` and whatever RabbitMQ brings later. */
  readonly type: string;
  readonly durable: boolean;
  /** True when the server's counts, some seconds old, show messages or consumers, or when it has not counted yet. */
  readonly isBusy: boolean;
}

/** How full a queue is, as the server counted some seconds ago; null when it has not counted yet. */
export interface QueueCounts {
  readonly name: string;
  readonly type: string;
  readonly ready: number | null;
  readonly unacknowledged: number | null;
  readonly consumers: number | null;
}

/** Settings of one queue: a policy whose name is the queue's. */
export interface QueuePolicy {
  readonly name: string;
  readonly pattern: string;
  readonly definition: Readonly<Record<string, string | number>>;
}

/** What a user may do in the vhost: regular expressions over names, as RabbitMQ has them. */
export interface QueueRights {
  readonly user: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

export interface FoundLogin {
  readonly user: string;
  /** RabbitMQ's salted hash: says whether a password is the right one, and no more. */
  readonly passwordHash: string;
  readonly tags: readonly string[];
}

/** Everything of one vhost. */
export interface FoundVhost {
  readonly queues: readonly FoundQueue[];
  readonly policies: readonly QueuePolicy[];
  readonly rights: readonly QueueRights[];
  readonly limits: Readonly<Record<string, number>>;
}

/** What the tenant steps need of RabbitMQ. Every write is one outside effect and may be repeated. */
export interface QueueAdministration {
  /** Undefined when there is no such vhost. */
  readonly vhost: (name: string) => Promise<FoundVhost | undefined>;
  /** Everything of every vhost and user whose name begins so, as text to compare; nothing that moves by itself. */
  readonly everything: (
    prefix: string,
  ) => Promise<{ readonly vhosts: ReadonlyMap<string, unknown>; readonly users: ReadonlyMap<string, unknown> }>;
  /** By name; undefined when there is no such vhost. */
  readonly counts: (vhost: string) => Promise<readonly QueueCounts[] | undefined>;
  readonly createVhost: (name: string, description: string) => Promise<void>;
  /** With everything in it. Gone already counts as deleted. */
  readonly deleteVhost: (name: string) => Promise<void>;

  readonly logins: (users: readonly string[]) => Promise<readonly FoundLogin[]>;
  readonly putLogin: (user: string, credential: Credential) => Promise<void>;
  /** Its connections end with it. Gone already counts as deleted. */
  readonly deleteLogin: (user: string) => Promise<void>;
  readonly putRights: (vhost: string, rights: QueueRights) => Promise<void>;
  readonly deleteRights: (vhost: string, user: string) => Promise<void>;

  readonly putLimit: (vhost: string, name: string, value: number) => Promise<void>;
  readonly declareQueue: (vhost: string, queue: QueueSpec) => Promise<void>;
  /** Deletes the queue unless it holds a message at this moment; answers whether it is gone. */
  readonly deleteEmptyQueue: (vhost: string, name: string) => Promise<boolean>;
  readonly putPolicy: (vhost: string, policy: QueuePolicy) => Promise<void>;
  readonly deletePolicy: (vhost: string, name: string) => Promise<void>;

  /** Names of the open connections to a vhost. */
  readonly connections: (vhost: string) => Promise<readonly string[]>;
  readonly closeConnection: (name: string) => Promise<void>;
  readonly close: () => Promise<void>;
}
