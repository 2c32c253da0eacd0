import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cell, type CellsFile, cellLogins, OPERATOR_SECRET, sharedEventsTopic, tenantNames } from '@tenantry/contracts';
import { type FreshDatabase, freshDatabase } from '@tenantry/stack/testing/fresh-database.ts';
import { type RunningStack, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { bootstrapCell } from '@tenantry/tenant-schema';
import type pg from 'pg';
import { silentLog } from '../src/control/control-log.ts';
import { Effects } from '../src/effects.ts';
import { IamFileAccess } from '../src/iam/iam-file-access.ts';
import { PlatformaticKafka } from '../src/kafka/platformatic-kafka.ts';
import { KeycloakIdentity } from '../src/keycloak/keycloak-identity.ts';
import { KeycloakRest } from '../src/keycloak/keycloak-rest.ts';
import { FencedPool } from '../src/postgres/fenced-pool.ts';
import { PgRegistry } from '../src/postgres/pg-registry.ts';
import { PgRetirement } from '../src/postgres/pg-retirement.ts';
import { PgTenantDatabase } from '../src/postgres/pg-tenant-database.ts';
import { RabbitmqQueues } from '../src/rabbitmq/rabbitmq-queues.ts';
import { RabbitmqRest } from '../src/rabbitmq/rabbitmq-rest.ts';
import { NodeRedisLogins } from '../src/redis/node-redis-logins.ts';
import { S3Bucket, type S3BucketOptions } from '../src/s3/s3-bucket.ts';
import { removeKafkaUsers } from '../src/tenant/found-kafka-users.ts';
import { foundMachineClients } from '../src/tenant/found-machine-clients.ts';
import type { Ports } from '../src/tenant/tenant-pass.ts';
import { answerAsApi } from './answering-api.ts';
import { motoBucket } from './moto-bucket.ts';

/** A cell of the test's own on the running servers, and the operator's real adapters on it. */
export interface TestPlatform extends AsyncDisposable {
  readonly stack: RunningStack;
  readonly database: FreshDatabase;
  readonly cell: Cell;
  readonly effects: Effects;
  /** Everything but Kubernetes and the probe. */
  readonly ports: Pick<Ports, 'registry' | 'database' | 'retirement' | 'kafka' | 'queues' | 'cache' | 'files' | 'identity' | 'bucket'>;
  readonly pool: FencedPool;
  /** The server's administrator, in the cell's database: to break things and to look at what the operator may not see. */
  readonly admin: pg.Client;
  readonly operatorPassword: string;
  /** A slug nobody else uses: topics, Kafka users, organizations and clients are shared by everyone on the machine. */
  readonly slug: () => string;
  /** Environment of an operator process on this cell. The files it names go with the platform. */
  readonly environment: (more: Readonly<Record<string, string>>) => Record<string, string>;
}

/** Needs PostgreSQL, Kafka and Keycloak running; S3, RabbitMQ and Redis too for a cell with a `bucket`, `queues` and a `cache`; moto for a bucket with `roles`. */
export async function testPlatform(
  options: {
    readonly claim?: boolean;
    readonly bucket?: boolean;
    readonly queues?: boolean;
    readonly cache?: boolean;
    readonly roles?: boolean;
    /** Of the cell's Kafka. */
    readonly partitionBudget?: number;
    readonly sharedTopicPartitions?: number;
  } = {},
): Promise<TestPlatform> {
  const stack = await runningStack('postgres', 'kafka', 'keycloak');
  const database = await freshDatabase();
  const admin = await database.connect();
  const password = (): string => randomBytes(18).toString('base64url');
  const passwords = {
    operator: password(),
    api: password(),
    registry: password(),
    relay: password(),
    jobs: password(),
    projector: password(),
    sender: password(),
  };
  await bootstrapCell(admin, { cell: database.cell, passwords });
  const kafkaAccess = await stack.kafka('operator');
  const s3 =
    options.roles === true
      ? await motoBucket(database.cell)
      : options.bucket === true
        ? await bucketOf(await runningStack('s3'))
        : undefined;
  const rabbitmq = options.queues === true ? await (await runningStack('rabbitmq')).rabbitmq() : undefined;
  const redis = options.cache === true ? await (await runningStack('redis')).redisOperator() : undefined;
  const cell: Cell = {
    name: database.cell,
    postgres: { host: stack.postgres.host, port: stack.postgres.port, database: database.name },
    kafka: {
      brokers: [`${kafkaAccess.address}:${kafkaAccess.port}`],
      replicationFactor: 1,
      ...(options.partitionBudget === undefined ? {} : { partitionBudget: options.partitionBudget }),
      ...(options.sharedTopicPartitions === undefined ? {} : { sharedTopicPartitions: options.sharedTopicPartitions }),
    },
    ...(redis === undefined ? {} : { redis: { host: redis.host, port: redis.port, tls: false } }),
    ...(rabbitmq === undefined
      ? {}
      : { rabbitmq: { host: rabbitmq.host, port: rabbitmq.port, tls: false, management: rabbitmq.management } }),
    ...(s3 === undefined ? {} : { s3: s3.place }),
  };
  const effects = new Effects({ assertLeading: () => {} });
  const pool = new FencedPool({
    ...cell.postgres,
    user: cellLogins(cell.name).operator,
    password: passwords.operator,
    ca: stack.ca,
    connections: 4,
    operatorName: 'test',
    holder: 'test',
    effects,
  });
  if (options.claim ?? true) await pool.lead(cell.name);
  const kafka = new PlatformaticKafka({ brokers: cell.kafka.brokers, user: 'operator', password: kafkaAccess.password, effects });
  const cache = redis && new NodeRedisLogins({ ...redis, user: redis.username, ca: undefined }, effects, silentLog);
  const queues =
    rabbitmq &&
    new RabbitmqQueues(
      new RabbitmqRest({ url: rabbitmq.management, user: rabbitmq.username, password: rabbitmq.password, ca: stack.ca }),
      effects,
      rabbitmq.username,
    );
  const clientSecret = await stack.secret('keycloak-operator-secret');
  const rest = new KeycloakRest({ issuer: stack.keycloak.tenants.url, ca: stack.ca, clientId: 'tenantry-operator', clientSecret });

  const api = await answeringApi();
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-operator-'));
  const cells: CellsFile = {
    cells: [cell],
    identity: { issuer: stack.keycloak.tenants.url },
    pooledUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
  };
  await Promise.all([
    writeFile(join(folder, 'cells.json'), JSON.stringify(cells)),
    writeFile(join(folder, OPERATOR_SECRET.postgresPassword), passwords.operator, { mode: 0o600 }),
    writeFile(join(folder, OPERATOR_SECRET.kafkaPassword), kafkaAccess.password, { mode: 0o600 }),
    writeFile(join(folder, OPERATOR_SECRET.keycloakSecret), clientSecret, { mode: 0o600 }),
    ...(redis === undefined ? [] : [writeFile(join(folder, OPERATOR_SECRET.redisPassword), redis.password, { mode: 0o600 })]),
    ...(rabbitmq === undefined ? [] : [writeFile(join(folder, OPERATOR_SECRET.rabbitmqPassword), rabbitmq.password, { mode: 0o600 })]),
    writeFile(join(folder, OPERATOR_SECRET.credentialKey), randomBytes(32).toString('base64'), { mode: 0o600 }),
    writeFile(join(folder, OPERATOR_SECRET.s3AccessKey), s3?.login.accessKey ?? '', { mode: 0o600 }),
    writeFile(join(folder, OPERATOR_SECRET.s3SecretKey), s3?.login.secretKey ?? '', { mode: 0o600 }),
  ]);
  const slugs: string[] = [];
  const bucket = s3 === undefined ? undefined : new S3Bucket({ ...s3, effects });
  const files = s3?.place.tenantRoles === undefined ? undefined : new IamFileAccess({ ...s3, effects });
  const ports = {
    bucket,
    files,
    registry: new PgRegistry(pool),
    database: new PgTenantDatabase(pool, effects),
    retirement: new PgRetirement(pool),
    kafka,
    queues,
    cache,
    identity: new KeycloakIdentity(rest, effects),
  };
  return {
    stack,
    database,
    cell,
    effects,
    pool,
    admin,
    operatorPassword: passwords.operator,
    ports,
    slug: () => {
      const slug = `it-${randomBytes(4).toString('hex')}`;
      slugs.push(slug);
      return slug;
    },
    environment: (more) => ({
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'test',
      // Dozens of starts of the same program: compile it once.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      CELLS_FILE: join(folder, 'cells.json'),
      CA_FILE: stack.caFile,
      SECRETS_DIR: folder,
      KUBECONFIG_FILE: stack.kubeconfigFile,
      ...more,
    }),
    [Symbol.asyncDispose]: async () => {
      await removeLeftovers(slugs, ports, cell.name);
      await Promise.all([pool.close(), kafka.close(), queues?.close(), cache?.close(), rest.close(), bucket?.close(), files?.close()]);
      api.closeAllConnections();
      api.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bucketOf(stack: RunningStack): Promise<Pick<S3BucketOptions, 'place' | 'login'>> {
  const { accessKey, secretKey, ...place } = await stack.s3();
  return { place, login: { accessKey, secretKey } };
}

/** What a test left in the servers that everyone on the machine shares. The database goes as a whole. */
async function removeLeftovers(
  slugs: readonly string[],
  { kafka, identity }: Pick<Ports, 'kafka' | 'identity'>,
  cell: string,
): Promise<void> {
  const topics = [...(await kafka.topics()).keys()];
  const organizations = await identity.organizations();
  const shared = sharedEventsTopic(cell);
  if (topics.includes(shared)) await kafka.deleteTopic(shared);
  for (const slug of slugs) {
    const names = tenantNames(slug, cell);
    for (const topic of topics.filter((name) => name.startsWith(names.kafkaPrefix))) await kafka.deleteTopic(topic);
    await removeKafkaUsers(kafka, names);
    for (const { id } of await foundMachineClients(identity, names)) await identity.deleteMachineClient(id);
    for (const { id, alias } of organizations) if (alias === slug) await identity.deleteOrganization(id);
  }
}

/** The address of the shared replicas, as far as the probe asks them. */
async function answeringApi(): Promise<Server> {
  const server = createServer(answerAsApi);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
