import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  type Acl,
  type AclFilter,
  AclOperations,
  AclPermissionTypes,
  Admin,
  alterUserScramCredentialsV0,
  ClientQuotaEntityTypes,
  type ClientQuotaKey,
  ClientQuotaMatchTypes,
  ConfigResourceTypes,
  type Connection,
  describeConfigsV4,
  describeTopicPartitionsV0,
  describeUserScramCredentialsV0,
  IncrementalAlterConfigOperationTypes,
  ListOffsetTimestamps,
  metadataV12,
  ResourcePatternTypes,
  ResourceTypes,
  ScramMechanisms,
} from '@platformatic/kafka';
import type { Effects } from '../effects.ts';
import type { Credential } from '../tenant/credentials.ts';
import { aclFilter, aclOf, entryOf } from './acl-entry.ts';
import { Batch } from './batch.ts';
import { hasKafkaCode } from './kafka-errors.ts';
import { loginMark } from './login-mark.ts';
import type { AccessEntry, ClientQuotas, KafkaAdministration, PartitionOffsets, TopicSpec } from './port.ts';

/** What `alterUserScramCredentials` sets for one user. */
interface ScramUpsertion {
  readonly name: string;
  readonly mechanism: typeof ScramMechanisms.SCRAM_SHA_512;
  readonly iterations: number;
  readonly salt: Buffer;
  readonly saltedPassword: Buffer;
}

interface QuotaChange {
  readonly user: string;
  readonly set: ClientQuotas;
  readonly remove: readonly string[];
}

const derive = promisify(pbkdf2);
/** ConfigSource of a setting made on the topic itself, as opposed to one inherited from the broker. */
const SET_ON_TOPIC = 1;
const TOPICS_AT_A_TIME = 100;
/** More than a tenant usually has: one request tells them, and few of other tenants' that come behind. */
const PARTITIONS_AT_A_TIME = 100;
/** Error code of the protocol. */
const UNKNOWN_TOPIC_OR_PARTITION = 3;

/**
 * Kafka administration over @platformatic/kafka. Topics and ACLs through its Admin; SCRAM, which Admin lacks in 2.12, through
 * the protocol messages the package exports. Metadata is asked afresh each time: Admin's own cache would hide a topic dropped by hand.
 */
export class PlatformaticKafka implements KafkaAdministration {
  readonly #admin: Admin;
  readonly #effects: Effects;
  // What passes over many tenants ask for at once goes in one request.
  readonly #creations = new Batch<TopicSpec>((topics) => this.#createTopics(topics), isRefusal);
  readonly #allowances = new Batch<readonly AccessEntry[]>((lists) => this.#createAcls(lists.flat(), lists.length), isRefusal);
  readonly #revocations = new Batch<readonly AccessEntry[]>((lists) => this.#deleteAcls(lists.flat(), lists.length), isRefusal);
  readonly #logins = new Batch<ScramUpsertion>((upsertions) => this.#alterLogins(upsertions), isRefusal);
  readonly #quotaChanges = new Batch<QuotaChange>((changes) => this.#alterQuotas(changes), isRefusal);
  readonly #markLooks = new Batch<string, number | undefined>((users) => this.#marksOf(users), isRefusal);
  readonly #quotaLooks = new Batch<void, ReadonlyMap<string, ClientQuotas>>((looks) => this.#quotasForAll(looks.length), isRefusal);
  readonly #topicLooks = new Batch<readonly string[], ReadonlyMap<string, TopicSpec>>((lists) => this.#topicsForAll(lists), isRefusal);

  constructor(options: {
    readonly brokers: readonly string[];
    readonly user: string;
    readonly password: string;
    readonly effects: Effects;
  }) {
    this.#effects = options.effects;
    this.#admin = new Admin({
      clientId: 'tenantry-operator',
      bootstrapBrokers: [...options.brokers],
      sasl: { mechanism: 'SCRAM-SHA-512', username: options.user, password: options.password },
      // Inside the lease margin: a call that outlives leadership must not land late.
      connectTimeout: 3000,
      requestTimeout: 5000,
      timeout: 5000,
      retries: 1,
      retryDelay: 200,
    });
  }

  topics(names?: readonly string[]): Promise<ReadonlyMap<string, TopicSpec>> {
    return names === undefined ? this.#topics() : this.#topicLooks.ask(names);
  }

  async partitionCounts(): Promise<ReadonlyMap<string, number>> {
    return new Map([...(await this.#metadata())].map(([name, { partitions }]) => [name, partitions]));
  }

  async topicsUnder(prefix: string): Promise<ReadonlyMap<string, number>> {
    const connection = await this.#connection();
    const found = new Map<string, number>();
    // Told in order of their names, from the cursor on, whether or not a topic has that very name.
    let cursor: { topicName: string; partitionIndex: number } | null = { topicName: prefix, partitionIndex: 0 };
    while (cursor !== null) {
      const page: describeTopicPartitionsV0.DescribeTopicPartitionsResponse = await describeTopicPartitionsV0.api
        .async(connection, [], PARTITIONS_AT_A_TIME, cursor)
        .catch(answerDespiteErrors<describeTopicPartitionsV0.DescribeTopicPartitionsResponse>);
      for (const { name, partitions } of page.topics) {
        if (name?.startsWith(prefix) !== true) return found;
        found.set(name, (found.get(name) ?? 0) + partitions.length);
      }
      cursor = page.nextCursor;
    }
    return found;
  }

  async offsets(topic: string): Promise<PartitionOffsets> {
    const { partitions = 0 } = (await this.#metadata([topic])).get(topic) ?? {};
    if (partitions === 0) return new Map();
    return (await this.offsetsOf(new Map([[topic, partitions]]))).get(topic) ?? new Map();
  }

  async offsetsOf(topics: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, PartitionOffsets>> {
    if (topics.size === 0) return new Map();
    const at = async (timestamp: bigint): Promise<ReadonlyMap<string, ReadonlyMap<number, bigint>>> => {
      const asked = [...topics].map(([name, count]) => ({
        name,
        partitions: partitionsOf(count).map((partitionIndex) => ({ partitionIndex, timestamp })),
      }));
      const listed = await this.#admin.listOffsets({ topics: asked });
      return new Map(
        listed.map(({ name, partitions }) => [name, new Map(partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset]))]),
      );
    };
    const [firsts, ends] = await Promise.all([at(ListOffsetTimestamps.EARLIEST), at(ListOffsetTimestamps.LATEST)]);
    return new Map(
      [...ends].map(([name, own]) => [
        name,
        new Map([...own].map(([partition, end]) => [partition, { first: firsts.get(name)?.get(partition) ?? 0n, end }])),
      ]),
    );
  }

  async groupOffsets(group: string, topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>> {
    const read = await this.#committed([group], [{ name: topic, partitionIndexes: [...partitions] }]);
    return read.get(group)?.get(topic) ?? new Map();
  }

  async committed(
    groups: readonly string[],
    topics: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, bigint>>>> {
    if (topics.size === 0 || groups.length === 0) return new Map();
    return this.#committed(
      groups,
      [...topics].map(([name, count]) => ({ name, partitionIndexes: partitionsOf(count) })),
    );
  }

  async #committed(
    groups: readonly string[],
    topics: { name: string; partitionIndexes: number[] }[],
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, bigint>>>> {
    const answered = await this.#admin.listConsumerGroupOffsets({ groups: groups.map((groupId) => ({ groupId, topics })) });
    // -1: it has not read of that partition.
    const read = (own: (typeof answered)[number]['topics'][number]): (readonly [number, bigint])[] =>
      own.partitions.flatMap(({ partitionIndex, committedOffset }) =>
        committedOffset < 0n ? [] : [[partitionIndex, committedOffset] as const],
      );
    return new Map(answered.map(({ groupId, topics: own }) => [groupId, new Map(own.map((each) => [each.name, new Map(read(each))]))]));
  }

  async #metadata(names?: readonly string[]): Promise<ReadonlyMap<string, Omit<TopicSpec, 'configs'>>> {
    const connection = await this.#connection();
    const metadata = await metadataV12.api
      .async(connection, names === undefined ? null : [...names], false)
      .catch(answerDespiteErrors<metadataV12.MetadataResponse>);
    const found = new Map<string, Omit<TopicSpec, 'configs'>>();
    for (const { name, errorCode, isInternal, partitions } of metadata.topics) {
      if (errorCode !== 0 || isInternal || name === null || name === undefined) continue;
      found.set(name, { name, partitions: partitions.length, replicationFactor: partitions[0]?.replicaNodes.length ?? 0 });
    }
    return found;
  }

  async #topics(names?: readonly string[]): Promise<ReadonlyMap<string, TopicSpec>> {
    const found = await this.#metadata(names);
    const configs = await this.#topicConfigs([...found.keys()]);
    return new Map(
      [...found].flatMap(([name, topic]) => {
        const own = configs.get(name);
        return own === undefined ? [] : [[name, { ...topic, configs: own }] as const];
      }),
    );
  }

  async createTopic(topic: TopicSpec): Promise<void> {
    await this.#effects.perform(`kafka: create topic ${topic.name}`, () =>
      this.#creations.ask(topic).catch((error: unknown) => ignore(error, 'TOPIC_ALREADY_EXISTS')),
    );
  }

  async growTopic(name: string, partitions: number): Promise<void> {
    await this.#effects.perform(`kafka: grow topic ${name}`, () => this.#admin.createPartitions({ topics: [{ name, count: partitions }] }));
  }

  async setTopicConfigs(name: string, set: Readonly<Record<string, string>>, remove: readonly string[]): Promise<void> {
    const configs = [
      ...Object.entries(set).map(([key, value]) => ({ name: key, value, configOperation: IncrementalAlterConfigOperationTypes.SET })),
      ...remove.map((key) => ({ name: key, configOperation: IncrementalAlterConfigOperationTypes.DELETE })),
    ];
    await this.#effects.perform(`kafka: configure topic ${name}`, () =>
      this.#admin.incrementalAlterConfigs({ resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configs }] }),
    );
  }

  async deleteTopic(name: string): Promise<void> {
    await this.#effects.perform(`kafka: delete topic ${name}`, () =>
      this.#admin.deleteTopics({ topics: [name] }).catch((error: unknown) => ignore(error, 'UNKNOWN_TOPIC_OR_PARTITION')),
    );
  }

  async access(user?: string): Promise<readonly AccessEntry[]> {
    return this.#entries({ principal: user === undefined ? null : `User:${user}` });
  }

  async accessToPrefix(prefix: string): Promise<readonly AccessEntry[]> {
    return this.#entries({ resourceName: prefix, resourcePatternType: ResourcePatternTypes.PREFIXED });
  }

  async #entries(filter: Partial<AclFilter>): Promise<readonly AccessEntry[]> {
    const everything: AclFilter = {
      resourceType: ResourceTypes.ANY,
      resourceName: null,
      resourcePatternType: ResourcePatternTypes.ANY,
      principal: null,
      host: null,
      operation: AclOperations.ANY,
      permissionType: AclPermissionTypes.ANY,
    };
    const resources = await this.#admin.describeAcls({ filter: { ...everything, ...filter } });
    return resources.flatMap(({ acls, ...target }) => acls.map((permission) => entryOf({ ...target, ...permission } as Acl)));
  }

  async allow(entries: readonly AccessEntry[]): Promise<void> {
    await this.#effects.perform('kafka: allow', () => this.#allowances.ask(entries));
  }

  async revoke(entries: readonly AccessEntry[]): Promise<void> {
    await this.#effects.perform('kafka: revoke', () => this.#revocations.ask(entries));
  }

  async loginMarks(user?: string): Promise<ReadonlyMap<string, number>> {
    if (user === undefined) return this.#loginMarks();
    const mark = await this.#markLooks.ask(user);
    return new Map(mark === undefined ? [] : [[user, mark]]);
  }

  async #loginMarks(users?: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const connection = await this.#connection();
    const { results } = await describeUserScramCredentialsV0.api
      .async(connection, users === undefined ? null : [...new Set(users)].map((name) => ({ name })))
      .catch(answerDespiteErrors<describeUserScramCredentialsV0.DescribeUserScramCredentialsResponse>);
    const marks = new Map<string, number>();
    for (const { user: name, credentialInfos } of results) {
      const credential = credentialInfos.find(({ mechanism }) => mechanism === ScramMechanisms.SCRAM_SHA_512);
      if (credential !== undefined) marks.set(name, credential.iterations);
    }
    return marks;
  }

  async setLogin(user: string, credential: Credential): Promise<void> {
    const iterations = loginMark(credential);
    const salt = randomBytes(24);
    const saltedPassword = await derive(credential.password, salt, iterations, 64, 'sha512');
    const upsertion = { name: user, mechanism: ScramMechanisms.SCRAM_SHA_512, iterations, salt, saltedPassword };
    await this.#effects.perform(`kafka: set login ${user}`, () => this.#logins.ask(upsertion));
  }

  async deleteLogin(user: string): Promise<void> {
    const connection = await this.#connection();
    await this.#effects.perform(`kafka: delete login ${user}`, async () => {
      await alterUserScramCredentialsV0.api
        .async(connection, [{ name: user, mechanism: ScramMechanisms.SCRAM_SHA_512 }], [])
        .catch((error: unknown) => ignore(error, 'RESOURCE_NOT_FOUND'));
    });
  }

  async quotas(user?: string): Promise<ReadonlyMap<string, ClientQuotas>> {
    const all = await this.#quotaLooks.ask();
    if (user === undefined) return all;
    const own = all.get(user);
    return new Map(own === undefined ? [] : [[user, own]]);
  }

  async setQuotas(user: string, set: ClientQuotas, remove: readonly string[]): Promise<void> {
    await this.#effects.perform(`kafka: set quotas ${user}`, () => this.#quotaChanges.ask({ user, set, remove }));
  }

  async groups(prefix: string): Promise<readonly string[]> {
    return [...(await this.#admin.listGroups()).keys()].filter((group) => group.startsWith(prefix));
  }

  async deleteGroups(groups: readonly string[]): Promise<void> {
    await this.#effects.perform('kafka: delete groups', () =>
      this.#admin.deleteGroups({ groups: [...groups] }).catch((error: unknown) => ignore(error, 'GROUP_ID_NOT_FOUND')),
    );
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }

  /** Topics of one request share their settings, so there is one for each kind of settings. */
  async #createTopics(topics: readonly TopicSpec[]): Promise<readonly undefined[]> {
    for (const alike of Object.values(Object.groupBy(topics, ({ configs }) => JSON.stringify(Object.entries(configs).sort())))) {
      const configs = Object.entries(alike?.[0]?.configs ?? {}).map(([name, value]) => ({ name, value }));
      const each = (alike ?? []).map(({ name, partitions, replicationFactor }) => ({
        topic: name,
        partitions,
        replicas: replicationFactor,
      }));
      await this.#admin.createTopics({ topics: each, configs });
    }
    return topics.map(() => undefined);
  }

  async #createAcls(entries: readonly AccessEntry[], asked: number): Promise<readonly undefined[]> {
    await this.#admin.createAcls({ creations: entries.map(aclOf) });
    return Array.from({ length: asked }, () => undefined);
  }

  async #deleteAcls(entries: readonly AccessEntry[], asked: number): Promise<readonly undefined[]> {
    await this.#admin.deleteAcls({ filters: entries.map(aclFilter) });
    return Array.from({ length: asked }, () => undefined);
  }

  async #alterLogins(upsertions: readonly ScramUpsertion[]): Promise<readonly undefined[]> {
    await alterUserScramCredentialsV0.api.async(await this.#connection(), [], [...upsertions]);
    return upsertions.map(() => undefined);
  }

  async #alterQuotas(changes: readonly QuotaChange[]): Promise<readonly undefined[]> {
    const entries = changes.map(({ user, set, remove }) => ({
      entities: [{ entityType: ClientQuotaEntityTypes.USER, entityName: user }],
      ops: [
        ...Object.entries(set).map(([key, value]) => ({ key: key as ClientQuotaKey, value, remove: false })),
        ...remove.map((key) => ({ key: key as ClientQuotaKey, value: 0, remove: true })),
      ],
    }));
    await this.#admin.alterClientQuotas({ entries });
    return changes.map(() => undefined);
  }

  async #marksOf(users: readonly string[]): Promise<readonly (number | undefined)[]> {
    const marks = await this.#loginMarks(users);
    return users.map((user) => marks.get(user));
  }

  /** Kafka has no question about several users: everybody's quotas, which are few words each, answer all who asked. */
  async #quotasForAll(asked: number): Promise<readonly ReadonlyMap<string, ClientQuotas>[]> {
    const components = [{ entityType: ClientQuotaEntityTypes.USER, matchType: ClientQuotaMatchTypes.ANY } as const];
    // Strict: quotas of a user with a certain client id are none of ours.
    const entries = await this.#admin.describeClientQuotas({ components, strict: true });
    const found = new Map(
      entries.flatMap(({ entity: [user], values }) =>
        user?.entityName == null ? [] : [[user.entityName, Object.fromEntries(values.map(({ key, value }) => [key, value]))] as const],
      ),
    );
    return Array.from({ length: asked }, () => found);
  }

  async #topicsForAll(lists: readonly (readonly string[])[]): Promise<readonly ReadonlyMap<string, TopicSpec>[]> {
    const found = await this.#topics([...new Set(lists.flat())]);
    return lists.map((names) => new Map([...found].filter(([name]) => names.includes(name))));
  }

  async #connection(): Promise<Connection> {
    const [first] = (await this.#admin.connectToBrokers()).values();
    if (first === undefined) throw new Error('Kafka named no broker to talk to');
    return first;
  }

  async #topicConfigs(names: readonly string[]): Promise<ReadonlyMap<string, Record<string, string>>> {
    const found = new Map<string, Record<string, string>>();
    // Some at a time: of each Kafka tells all forty settings it has, and of a thousand tenants' topics at once that is tens of megabytes.
    for (let first = 0; first < names.length; first += TOPICS_AT_A_TIME)
      for (const [name, configs] of await this.#configsOf(names.slice(first, first + TOPICS_AT_A_TIME))) found.set(name, configs);
    return found;
  }

  async #configsOf(names: readonly string[]): Promise<readonly (readonly [string, Record<string, string>])[]> {
    const asked = names.map((resourceName) => ({ resourceType: ConfigResourceTypes.TOPIC, resourceName }));
    const { results } = await describeConfigsV4.api
      .async(await this.#connection(), asked, false, false)
      .catch(answerDespiteErrors<describeConfigsV4.DescribeConfigsResponse>);
    // One that was deleted since it was listed has none, and holds up nobody else's.
    const described = results.filter(({ errorCode }) => errorCode !== UNKNOWN_TOPIC_OR_PARTITION);
    const refused = described.find(({ errorCode }) => errorCode !== 0);
    if (refused !== undefined) throw new Error(`Kafka does not tell the settings of ${refused.resourceName}: ${refused.errorMessage}`);
    return described.map(({ resourceName, configs }) => {
      const own = configs.filter(({ configSource }) => configSource === SET_ON_TOPIC);
      return [resourceName, Object.fromEntries(own.map(({ name, value }) => [name, value ?? '']))] as const;
    });
  }
}

function partitionsOf(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The package throws when any item of an answer carries an error code, but keeps the answer: an absent topic or login is no failure here. */
function answerDespiteErrors<T>(error: unknown): T {
  if (error instanceof Error && 'response' in error && error.response !== undefined) {
    const codes = ['UNKNOWN_TOPIC_OR_PARTITION', 'RESOURCE_NOT_FOUND', 'LEADER_NOT_AVAILABLE'];
    if (codes.some((code) => hasKafkaCode(error, code))) return error.response as T;
  }
  throw error;
}

/** The broker has answered, and said no to something of the request. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('response' in error && error.response !== undefined) return true;
  return isRefusal(error.cause) || (error instanceof AggregateError && error.errors.some(isRefusal));
}

function ignore(error: unknown, code: string): undefined {
  if (hasKafkaCode(error, code)) return undefined;
  throw error;
}
