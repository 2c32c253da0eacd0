import type { Credential } from '../tenant/credentials.ts';

/** A topic as it should be. `configs` are the settings made on the topic itself; everything else follows the broker. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** One thing a principal is allowed. Tenantry makes only ALLOW entries for any host. */
export interface AccessEntry {
  /** Without the `User:` prefix. */
  readonly user: string;
  readonly resource: 'topic' | 'group' | 'other';
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed' | 'other';
  readonly operation: string;
}

/** Limits of one user in Kafka's words, e.g. `producer_byte_rate`: bytes a second and broker, or per cent of one thread of a broker. */
export type ClientQuotas = Readonly<Record<string, number>>;

/** By partition: the first record that is there, and behind the last. */
export type PartitionOffsets = ReadonlyMap<number, { readonly first: bigint; readonly end: bigint }>;

/** What the tenant steps need of Kafka. Every write is one outside effect and may be repeated. */
export interface KafkaAdministration {
  /** The named topics that exist, by name; all of them when no names are given. */
  readonly topics: (names?: readonly string[]) => Promise<ReadonlyMap<string, TopicSpec>>;
  /** Partitions of every topic there is. */
  readonly partitionCounts: () => Promise<ReadonlyMap<string, number>>;
  /** Topics whose names begin so, and how many partitions each has; of the cell's other topics nothing is told. */
  readonly topicsUnder: (prefix: string) => Promise<ReadonlyMap<string, number>>;
  /** Empty for a topic that is not there. */
  readonly offsets: (topic: string) => Promise<PartitionOffsets>;
  /** Of topics that are there, each with how many partitions it has. */
  readonly offsetsOf: (topics: ReadonlyMap<string, number>) => Promise<ReadonlyMap<string, PartitionOffsets>>;
  /** By partition: where a consumer group goes on reading. Partitions it has not read of are left out. */
  readonly groupOffsets: (group: string, topic: string, partitions: readonly number[]) => Promise<ReadonlyMap<number, bigint>>;
  /** The same by group and topic. */
  readonly committed: (
    groups: readonly string[],
    topics: ReadonlyMap<string, number>,
  ) => Promise<ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, bigint>>>>;
  readonly createTopic: (topic: TopicSpec) => Promise<void>;
  readonly growTopic: (name: string, partitions: number) => Promise<void>;
  readonly setTopicConfigs: (name: string, set: Readonly<Record<string, string>>, remove: readonly string[]) => Promise<void>;
  /** A topic already gone counts as deleted. */
  readonly deleteTopic: (name: string) => Promise<void>;

  /** Entries of one user, or of everyone. */
  readonly access: (user?: string) => Promise<readonly AccessEntry[]>;
  /** Entries of everyone for exactly this prefix of topics or groups. */
  readonly accessToPrefix: (prefix: string) => Promise<readonly AccessEntry[]>;
  readonly allow: (entries: readonly AccessEntry[]) => Promise<void>;
  readonly revoke: (entries: readonly AccessEntry[]) => Promise<void>;

  /** SCRAM-SHA-512 logins and the mark of the password each was last given (see `loginMark`). */
  readonly loginMarks: (user?: string) => Promise<ReadonlyMap<string, number>>;
  readonly setLogin: (user: string, credential: Credential) => Promise<void>;
  /** A login already gone counts as deleted. */
  readonly deleteLogin: (user: string) => Promise<void>;

  /** Quotas of users as such (not of single client ids): of one user, or of everyone who has any. */
  readonly quotas: (user?: string) => Promise<ReadonlyMap<string, ClientQuotas>>;
  readonly setQuotas: (user: string, set: ClientQuotas, remove: readonly string[]) => Promise<void>;

  /** Consumer groups under a prefix. */
  readonly groups: (prefix: string) => Promise<readonly string[]>;
  readonly deleteGroups: (groups: readonly string[]) => Promise<void>;

  readonly close: () => Promise<void>;
}
