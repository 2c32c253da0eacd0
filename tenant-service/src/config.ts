import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  API_SECRET,
  type Cell,
  CellsFile,
  cellLogins,
  JOB_WORKER_SECRET,
  MONGO_API,
  MONGO_PROJECTOR,
  PROJECTOR_SECRET,
  RELAY_SECRET,
  TENANT_SECRET,
} from '@tenantry/contracts';
import { z } from 'zod';
import { mongoLogin } from './documents/mongo-login.ts';
import type { Config, PostgresLogin, RedisLogin, S3Login } from './role-config.ts';
import { readOrigins, readWebhookKeys, senderSecrets } from './webhooks/webhook-settings.ts';

const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback);

const Environment = z.object({
  TENANTRY_ROLE: z.enum(['api', 'webhook-sender', 'relay', 'job-worker', 'projector']),
  NODE_ENV: z.string().default('development'),
  CELL: z.string().optional(),
  CELLS_FILE: z.string().default('/etc/tenantry/cells.json'),
  CA_FILE: z.string().default('/etc/tenantry/ca.crt'),
  SECRETS_DIR: z.string().default('/var/run/secrets/tenantry'),
  TENANT_ID: z.uuid().optional(),
  HOST: z.string().default('0.0.0.0'),
  PORT: count(28080, 65535),
  /** 0: any that is free. */
  METRICS_PORT: z.coerce.number().int().min(0).max(65535).default(9464),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  POSTGRES_CONNECTIONS: count(4, 64),
  POSTGRES_CONNECTIONS_PER_TENANT: count(2, 64),
  POSTGRES_MODEL_CONNECTIONS: count(3, 16),
  POSTGRES_NAMED_STATEMENTS: z.enum(['on', 'off']).default('on'),
  REQUEST_TIMEOUT_MS: count(10_000, 300_000),
  EVENT_STREAM_LIMIT_MS: count(3_600_000, 86_400_000),
  EVENT_STREAM_STALLED_MS: count(30_000, 600_000),
  DRAIN_DELAY_MS: z.coerce.number().int().min(0).max(60_000).default(2000),
  KAFKA_TLS: z.enum(['on', 'off']).default('off'),
  KAFKA_REQUEST_TIMEOUT_MS: count(10_000, 60_000),
  KAFKA_CLIENT: z.enum(['platformatic', 'kafkajs']).default('platformatic'),
  DOCUMENTS_LOOK_MS: count(10_000, 600_000),
  RELAY_POLL_MIN_MS: count(5, 60_000),
  RELAY_POLL_MAX_MS: count(250, 60_000),
  RELAY_BATCH: count(500, 10_000),
  JOB_LEASE_MS: count(20_000, 600_000),
  JOB_REFILL_MS: count(10_000, 600_000),
  JOB_CLEAN_MS: count(900_000, 86_400_000),
  WEBHOOK_ALLOWED_ORIGINS: z.string().default(''),
  WEBHOOK_TIMEOUT_MS: count(15_000, 60_000),
  WEBHOOK_LEASE_MS: count(30_000, 600_000),
  CRASH_AFTER: z
    .string()
    .regex(/^[a-z.]+(:\d+)?$/, 'must look like relay.produced:1')
    .optional(),
});

/** Every mistake of the environment and the mounted files, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(mistakes: readonly string[]) {
    super(`the configuration has ${mistakes.length} mistake(s):\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
  }
}

/** The only reader of the environment and of secret files. @throws ConfigError with all mistakes at once. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const mistakes: string[] = [];
  const parsed = Environment.safeParse(environment);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  const env = parsed.data;
  const read = (path: string): string => {
    try {
      const content = readFileSync(path, 'utf8').trim();
      if (content === '') mistakes.push(`${path} is empty`);
      return content;
    } catch (error) {
      mistakes.push(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}): is the ConfigMap or Secret mounted?`);
      return '';
    }
  };
  const secret = (name: string): string => read(join(env.SECRETS_DIR, name));
  if (env.CRASH_AFTER !== undefined && env.NODE_ENV === 'production') mistakes.push('CRASH_AFTER: is refused when NODE_ENV is production');
  if (env.TENANT_ID !== undefined && env.TENANTRY_ROLE !== 'api') {
    mistakes.push(`TENANT_ID: a ${env.TENANTRY_ROLE} serves every tenant of its cell`);
  }
  if (env.RELAY_POLL_MIN_MS > env.RELAY_POLL_MAX_MS) mistakes.push('RELAY_POLL_MIN_MS: must not be above RELAY_POLL_MAX_MS');

  const cells = readCells(read(env.CELLS_FILE), env.CELLS_FILE, mistakes);
  const cell = env.CELL === undefined ? cells?.cells[0] : cells?.cells.find(({ name }) => name === env.CELL);
  if (cells && !cell) mistakes.push(`CELL: ${env.CELLS_FILE} has no cell named ${env.CELL}`);
  const ca = read(env.CA_FILE);
  const role = env.TENANTRY_ROLE;
  const dedicated = env.TENANT_ID !== undefined;
  const allowedOrigins = readOrigins(env.WEBHOOK_ALLOWED_ORIGINS, mistakes);
  if (role === 'webhook-sender') {
    const { rabbitmq, keys, postgresPassword, registryPassword } = senderSecrets({ cell, secret, ca }, mistakes);
    if (mistakes.length > 0 || !cell || !rabbitmq) throw new ConfigError(mistakes);
    const { host, port, database } = cell.postgres;
    const login = (user: string, password: string): PostgresLogin => ({ host, port, database, user, password, ca });
    const logins = cellLogins(cell.name);
    return {
      ...{ role, cell, ca, rabbitmq, logLevel: env.LOG_LEVEL, metricsPort: env.METRICS_PORT, host: env.HOST, crashAfter: env.CRASH_AFTER },
      registry: login(logins.registry, registryPassword),
      rows: login(logins.sender, postgresPassword),
      connections: env.POSTGRES_CONNECTIONS,
      connectionsPerTenant: Math.min(env.POSTGRES_CONNECTIONS_PER_TENANT, env.POSTGRES_CONNECTIONS),
      namedStatements: env.POSTGRES_NAMED_STATEMENTS === 'on',
      webhooks: { keys, allowedOrigins, timeoutMs: env.WEBHOOK_TIMEOUT_MS, leaseMs: env.WEBHOOK_LEASE_MS },
    };
  }
  const webhookKeys = role === 'api' && !dedicated ? readWebhookKeys(env.SECRETS_DIR, secret, mistakes) : undefined;
  const secrets =
    role === 'relay'
      ? relaySecrets(secret)
      : role === 'job-worker'
        ? jobWorkerSecrets(secret)
        : role === 'projector'
          ? projectorSecrets(secret)
          : apiSecrets(secret, dedicated, mistakes);
  // A dedicated tenant's Secret opens what is that tenant's alone: its keys in Redis; the bucket is the cell's.
  // A relay without the password looks by itself.
  const isDeaf = role === 'relay' && !existsSync(join(env.SECRETS_DIR, RELAY_SECRET.redisPassword));
  const redis = isDeaf ? undefined : redisLogin(cell, secret, { ca, dedicated });
  const s3 = role === 'relay' || role === 'projector' || dedicated ? undefined : s3Login(cell, secret);
  // Documents are kept apart by what a query says, so a dedicated tenant's replicas, which are that tenant's alone, get no way to them.
  const mongo =
    cell && role === 'projector'
      ? mongoLogin(cell, MONGO_PROJECTOR, { ca, secret: () => secret(PROJECTOR_SECRET.mongoPassword) })
      : cell && role === 'api' && !dedicated
        ? mongoLogin(cell, MONGO_API, { ca, secret: () => secret(API_SECRET.mongoPassword) })
        : undefined;
  if (cell && role === 'job-worker' && !cell.redis) mistakes.push(`${env.CELLS_FILE}: a job-worker needs redis in cell ${cell.name}`);
  if (cell && role === 'job-worker' && !cell.s3) mistakes.push(`${env.CELLS_FILE}: a job-worker needs s3 in cell ${cell.name}`);
  if (mistakes.length > 0 || !cell || !cells) throw new ConfigError(mistakes);

  const { readReplica, ...primary } = cell.postgres;
  const login = (user: string, password: string): PostgresLogin => ({ ...primary, user, password, ca });
  const onReplica = (rows: PostgresLogin): PostgresLogin | undefined => readReplica && { ...rows, ...readReplica };
  const logins = cellLogins(cell.name);
  const common = { cell, ca, logLevel: env.LOG_LEVEL, metricsPort: env.METRICS_PORT, host: env.HOST };
  const doors = {
    connections: env.POSTGRES_CONNECTIONS,
    connectionsPerTenant: Math.min(env.POSTGRES_CONNECTIONS_PER_TENANT, env.POSTGRES_CONNECTIONS),
    namedStatements: env.POSTGRES_NAMED_STATEMENTS === 'on',
  };
  if (secrets.role === 'relay') {
    return {
      ...common,
      role: 'relay',
      postgres: login(logins.relay, secrets.postgresPassword),
      kafka: {
        ...{ brokers: cell.kafka.brokers, username: 'relay', password: secrets.kafkaPassword },
        ...{ tls: env.KAFKA_TLS === 'on', client: env.KAFKA_CLIENT, requestTimeoutMs: env.KAFKA_REQUEST_TIMEOUT_MS },
      },
      poll: { minMs: env.RELAY_POLL_MIN_MS, maxMs: env.RELAY_POLL_MAX_MS, batch: env.RELAY_BATCH },
      redis,
      crashAfter: env.CRASH_AFTER,
    };
  }
  if (secrets.role === 'projector') {
    return {
      ...common,
      ...doors,
      role: 'projector',
      registry: login(logins.registry, secrets.registryPassword),
      rows: login(logins.projector, secrets.postgresPassword),
      kafka: { brokers: cell.kafka.brokers, username: 'projector', password: secrets.kafkaPassword, tls: env.KAFKA_TLS === 'on' },
      redis,
      mongo,
      documentsLookMs: env.DOCUMENTS_LOOK_MS,
      crashAfter: env.CRASH_AFTER,
    };
  }
  if (secrets.role === 'job-worker') {
    if (!redis || !s3) throw new ConfigError(mistakes); // Said above; this is for the compiler.
    const rows = login(logins.jobs, secrets.postgresPassword);
    return {
      ...common,
      ...doors,
      role: 'job-worker',
      registry: login(logins.registry, secrets.registryPassword),
      rows,
      replica: onReplica(rows),
      redis,
      s3,
      jobs: { leaseMs: env.JOB_LEASE_MS, refillMs: env.JOB_REFILL_MS, cleanMs: env.JOB_CLEAN_MS },
      crashAfter: env.CRASH_AFTER,
    };
  }
  const rows = login(secrets.username ?? logins.api, secrets.postgresPassword);
  return {
    ...common,
    ...doors,
    role: 'api',
    issuer: cells.identity.issuer,
    port: env.PORT,
    tenantId: env.TENANT_ID,
    modelConnections: env.POSTGRES_MODEL_CONNECTIONS,
    rows,
    replica: onReplica(rows),
    // A dedicated replica has one login; row security shows it its own registry row and no other.
    registry: secrets.registryPassword === undefined ? rows : login(logins.registry, secrets.registryPassword),
    cursorKeys: secrets.cursorKeys,
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    eventStreamLimitMs: env.EVENT_STREAM_LIMIT_MS,
    eventStreamStalledMs: env.EVENT_STREAM_STALLED_MS,
    drainDelayMs: env.DRAIN_DELAY_MS,
    redis,
    s3,
    mongo,
    membersSecret: secrets.membersSecret,
    pooledUrl: cells.pooledUrl,
    webhooks: webhookKeys && { keys: webhookKeys, allowedOrigins },
  };
}

function readCells(content: string, path: string, mistakes: string[]): CellsFile | undefined {
  if (content === '') return undefined;
  try {
    const parsed = CellsFile.safeParse(JSON.parse(content));
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) mistakes.push(`${path}: ${issue.path.join('.')}: ${issue.message}`);
  } catch {
    mistakes.push(`${path}: is not JSON`);
  }
  return undefined;
}

function redisLogin(
  cell: Cell | undefined,
  secret: (name: string) => string,
  { ca, dedicated }: { readonly ca: string; readonly dedicated: boolean },
): RedisLogin | undefined {
  if (!cell?.redis) return undefined;
  const { host, port, tls } = cell.redis;
  const login = dedicated
    ? { username: secret(TENANT_SECRET.redisUsername), password: secret(TENANT_SECRET.redisPassword) }
    : { password: secret(API_SECRET.redisPassword) };
  return { host, port, ...login, ca: tls ? ca : undefined };
}

function s3Login(cell: Cell | undefined, secret: (name: string) => string): S3Login | undefined {
  if (!cell?.s3) return undefined;
  return { ...cell.s3, accessKey: secret(API_SECRET.s3AccessKey), secretKey: secret(API_SECRET.s3SecretKey) };
}

function relaySecrets(secret: (name: string) => string) {
  return {
    role: 'relay' as const,
    postgresPassword: secret(RELAY_SECRET.postgresPassword),
    kafkaPassword: secret(RELAY_SECRET.kafkaPassword),
  };
}

function jobWorkerSecrets(secret: (name: string) => string) {
  return {
    role: 'job-worker' as const,
    postgresPassword: secret(JOB_WORKER_SECRET.postgresPassword),
    registryPassword: secret(JOB_WORKER_SECRET.registryPassword),
  };
}

function projectorSecrets(secret: (name: string) => string) {
  return {
    role: 'projector' as const,
    postgresPassword: secret(PROJECTOR_SECRET.postgresPassword),
    registryPassword: secret(PROJECTOR_SECRET.registryPassword),
    kafkaPassword: secret(PROJECTOR_SECRET.kafkaPassword),
  };
}

function apiSecrets(secret: (name: string) => string, dedicated: boolean, mistakes: string[]) {
  const cursorKeys = secret(dedicated ? TENANT_SECRET.cursorKey : API_SECRET.cursorKey)
    .split('\n')
    .map((line) => Buffer.from(line, 'base64'));
  if (cursorKeys.some(({ length }) => length < 32)) mistakes.push(`${API_SECRET.cursorKey}: each line must be at least 32 bytes, base64`);
  return dedicated
    ? {
        role: 'api' as const,
        username: secret(TENANT_SECRET.postgresUsername),
        postgresPassword: secret(TENANT_SECRET.postgresPassword),
        registryPassword: undefined,
        membersSecret: undefined,
        cursorKeys,
      }
    : {
        role: 'api' as const,
        username: undefined,
        postgresPassword: secret(API_SECRET.postgresPassword),
        registryPassword: secret(API_SECRET.registryPassword),
        membersSecret: secret(API_SECRET.keycloakSecret),
        cursorKeys,
      };
}
