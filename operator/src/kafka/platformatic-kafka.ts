import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  type Acl,
  AclOperations,
  AclPermissionTypes,
  Admin,
  alterUserScramCredentialsV0,
  ConfigResourceTypes,
  type Connection,
  describeUserScramCredentialsV0,
  IncrementalAlterConfigOperationTypes,
  metadataV12,
  ResourcePatternTypes,
  ResourceTypes,
  ScramMechanisms,
} from '@platformatic/kafka';
import type { Effects } from '../effects.ts';
import type { Credential } from '../tenant/credentials.ts';
import { aclFilter, aclOf, entryOf } from './acl-entry.ts';
import { hasKafkaCode } from './kafka-errors.ts';
import { loginMark } from './login-mark.ts';
import type { AccessEntry, KafkaAdministration, TopicSpec } from './port.ts';

const derive = promisify(pbkdf2);
/** ConfigSource of a setting made on the topic itself, as opposed to one inherited from the broker. */
const SET_ON_TOPIC = 1;

/**
 * Kafka administration over @platformatic/kafka. Topics and ACLs through its Admin; SCRAM, which Admin lacks in 2.12, through
 * the protocol messages the package exports. Metadata is asked afresh each time: Admin's own cache would hide a topic dropped by hand.
 */
export class PlatformaticKafka implements KafkaAdministration {
  readonly #admin: Admin;
  readonly #effects: Effects;

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

  async topics(names?: readonly string[]): Promise<ReadonlyMap<string, TopicSpec>> {
    const connection = await this.#connection();
    const metadata = await metadataV12.api
      .async(connection, names === undefined ? null : [...names], false)
      .catch(answerDespiteErrors<metadataV12.MetadataResponse>);
    const found = new Map<string, Omit<TopicSpec, 'configs'>>();
    for (const { name, errorCode, isInternal, partitions } of metadata.topics) {
      if (errorCode !== 0 || isInternal || name === null || name === undefined) continue;
      found.set(name, { name, partitions: partitions.length, replicationFactor: partitions[0]?.replicaNodes.length ?? 0 });
    }
    const configs = await this.#topicConfigs([...found.keys()]);
    return new Map([...found].map(([name, topic]) => [name, { ...topic, configs: configs.get(name) ?? {} }]));
  }

  async createTopic(topic: TopicSpec): Promise<void> {
    await this.#effects.perform(`kafka: create topic ${topic.name}`, async () => {
      const configs = Object.entries(topic.configs).map(([name, value]) => ({ name, value }));
      const create = { topics: [topic.name], partitions: topic.partitions, replicas: topic.replicationFactor, configs };
      await this.#admin.createTopics(create).catch((error: unknown) => ignore(error, 'TOPIC_ALREADY_EXISTS'));
    });
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
    const resources = await this.#admin.describeAcls({
      filter: {
        resourceType: ResourceTypes.ANY,
        resourceName: null,
        resourcePatternType: ResourcePatternTypes.ANY,
        principal: user === undefined ? null : `User:${user}`,
        host: null,
        operation: AclOperations.ANY,
        permissionType: AclPermissionTypes.ANY,
      },
    });
    return resources.flatMap(({ acls, ...target }) => acls.map((permission) => entryOf({ ...target, ...permission } as Acl)));
  }

  async allow(entries: readonly AccessEntry[]): Promise<void> {
    await this.#effects.perform('kafka: allow', () => this.#admin.createAcls({ creations: entries.map(aclOf) }));
  }

  async revoke(entries: readonly AccessEntry[]): Promise<void> {
    await this.#effects.perform('kafka: revoke', () => this.#admin.deleteAcls({ filters: entries.map(aclFilter) }));
  }

  async loginMarks(user?: string): Promise<ReadonlyMap<string, number>> {
    const connection = await this.#connection();
    const asked = user === undefined ? null : [{ name: user }];
    const { results } = await describeUserScramCredentialsV0.api
      .async(connection, asked)
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
    const connection = await this.#connection();
    await this.#effects.perform(`kafka: set login ${user}`, () =>
      alterUserScramCredentialsV0.api.async(
        connection,
        [],
        [{ name: user, mechanism: ScramMechanisms.SCRAM_SHA_512, iterations, salt, saltedPassword }],
      ),
    );
  }

  async deleteLogin(user: string): Promise<void> {
    const connection = await this.#connection();
    await this.#effects.perform(`kafka: delete login ${user}`, async () => {
      await alterUserScramCredentialsV0.api
        .async(connection, [{ name: user, mechanism: ScramMechanisms.SCRAM_SHA_512 }], [])
        .catch((error: unknown) => ignore(error, 'RESOURCE_NOT_FOUND'));
    });
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

  async #connection(): Promise<Connection> {
    const [first] = (await this.#admin.connectToBrokers()).values();
    if (first === undefined) throw new Error('Kafka named no broker to talk to');
    return first;
  }

  async #topicConfigs(names: readonly string[]): Promise<ReadonlyMap<string, Record<string, string>>> {
    if (names.length === 0) return new Map();
    const described = await this.#admin.describeConfigs({
      resources: names.map((resourceName) => ({ resourceType: ConfigResourceTypes.TOPIC, resourceName })),
    });
    return new Map(
      described.map(({ resourceName, configs }) => [
        resourceName,
        Object.fromEntries(
          configs.filter(({ configSource }) => configSource === SET_ON_TOPIC).map(({ name, value }) => [name, value ?? '']),
        ),
      ]),
    );
  }
}

/** The package throws when any item of an answer carries an error code, but keeps the answer: an absent topic or login is no failure here. */
function answerDespiteErrors<T>(error: unknown): T {
  if (error instanceof Error && 'response' in error && error.response !== undefined) {
    const codes = ['UNKNOWN_TOPIC_OR_PARTITION', 'RESOURCE_NOT_FOUND', 'LEADER_NOT_AVAILABLE'];
    if (codes.some((code) => hasKafkaCode(error, code))) return error.response as T;
  }
  throw error;
}

function ignore(error: unknown, code: string): undefined {
  if (hasKafkaCode(error, code)) return undefined;
  throw error;
}
