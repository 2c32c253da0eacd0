import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_SECRET, type Cell, CellsFile, cellLogins, JOB_WORKER_SECRET, RELAY_SECRET, TENANT_SECRET } from '@tenantry/contracts';
import { z } from 'zod';

const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback);

const Environment = z.object({
  TENANTRY_ROLE: z.enum(['api', 'relay', 'job-worker']),
  NODE_ENV: z.string().default('development'),
  CELL: z.string().optional(),
  CELLS_FILE: z.string().default('/etc/tenantry/cells.json'),
  CA_FILE: z.string().default('/etc/tenantry/ca.crt'),
  SECRETS_DIR: z.string().default('/var/run/secrets/tenantry'),
  TENANT_ID: z.uuid().optional(),
  HOST: z.string().default('0.0.0.0'),
  PORT: count(28080, 65535),
  METRICS_PORT: count(9464, 65535),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  POSTGRES_CONNECTIONS: count(4, 64),
  POSTGRES_CONNECTIONS_PER_TENANT: count(2, 64),
  POSTGRES_MODEL_CONNECTIONS: count(3, 16),
  POSTGRES_NAMED_STATEMENTS: z.enum(['on', 'off']).default('on'),
  REQUEST_TIMEOUT_MS: count(10_000, 300_000),
  DRAIN_DELAY_MS: z.coerce.number().int().min(0).max(60_000).default(2000),
  KAFKA_TLS: z.enum(['on', 'off']).default('off'),
  RELAY_POLL_MIN_MS: count(5, 60_000),
  RELAY_POLL_MAX_MS: count(250, 60_000),
  RELAY_BATCH: count(500, 10_000),
  JOB_LEASE_MS: count(20_000, 600_000),
  JOB_REFILL_MS: count(10_000, 600_000),
  JOB_CLEAN_MS: count(900_000, 86_400_000),
  CRASH_AFTER: z
    .string()
    .regex(/^[a-z.]+(:\d+)?$/, 'must look like relay.produced:1')
    .optional(),
});

interface PostgresLogin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** PEM of the authorities the server's certificate is checked against. */
  readonly ca: string;
}

/** The cell's Redis. */
export interface RedisLogin {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** PEM of the authorities its certificate is checked against; nothing: no TLS. */
  readonly ca: string | undefined;
}

/** The cell's bucket. */
export interface S3Login {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly forcePathStyle: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
}

interface CommonConfig {
  readonly cell: Cell;
  readonly ca: string;
  readonly logLevel: string;
  readonly metricsPort: number;
  readonly host: string;
}

/** An api replica: pooled without `tenantId`, of one dedicated tenant with it. */
export interface ApiConfig extends CommonConfig {
  readonly role: 'api';
  readonly issuer: string;
  readonly port: number;
  readonly tenantId: string | undefined;
  readonly registry: PostgresLogin;
  readonly rows: PostgresLogin;
  readonly connections: number;
  readonly connectionsPerTenant: number;
  /** Of the model door: opened when management paths are used, closed when idle. */
  readonly modelConnections: number;
  readonly namedStatements: boolean;
  readonly cursorKey: Buffer;
  readonly requestTimeoutMs: number;
  readonly drainDelayMs: number;
  /** Nothing: limits and caches are this replica's own. */
  readonly redis?: RedisLogin | undefined;
  /** Nothing, or no Redis: no imports and exports. */
  readonly s3?: S3Login | undefined;
  /** Secret of the api's client in the identity provider; pooled replicas only. Nothing: members are managed by the pooled replicas. */
  readonly membersSecret?: string | undefined;
  /** Where the pooled replicas answer. */
  readonly pooledUrl?: string | undefined;
}

/** Runs imports and exports. Needs Redis and a bucket. */
export interface JobWorkerConfig extends CommonConfig {
  readonly role: 'job-worker';
  readonly registry: PostgresLogin;
  readonly rows: PostgresLogin;
  readonly connections: number;
  readonly connectionsPerTenant: number;
  readonly namedStatements: boolean;
  readonly redis: RedisLogin;
  readonly s3: S3Login;
  readonly jobs: {
    /** A worker that has made no progress for this long counts as dead, and another one goes on. */
    readonly leaseMs: number;
    /** How often the queue is compared with the rows. */
    readonly refillMs: number;
    /** How often what has expired is removed. */
    readonly cleanMs: number;
  };
  readonly crashAfter: string | undefined;
}

export interface RelayConfig extends CommonConfig {
  readonly role: 'relay';
  readonly postgres: PostgresLogin;
  readonly kafka: { readonly brokers: readonly string[]; readonly username: string; readonly password: string; readonly tls: boolean };
  readonly poll: { readonly minMs: number; readonly maxMs: number; readonly batch: number };
  readonly crashAfter: string | undefined;
}

export type Config = ApiConfig | RelayConfig | JobWorkerConfig;
export type { PostgresLogin };

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
  const secrets =
    role === 'relay' ? relaySecrets(secret) : role === 'job-worker' ? jobWorkerSecrets(secret) : apiSecrets(secret, dedicated, mistakes);
  // A dedicated tenant's Secret opens what is that tenant's alone; Redis and the bucket are the cell's.
  const redis = role === 'relay' || dedicated ? undefined : redisLogin(cell, secret, ca);
  const s3 = role === 'relay' || dedicated ? undefined : s3Login(cell, secret);
  if (cell && role === 'job-worker' && !cell.redis) mistakes.push(`${env.CELLS_FILE}: a job-worker needs redis in cell ${cell.name}`);
  if (cell && role === 'job-worker' && !cell.s3) mistakes.push(`${env.CELLS_FILE}: a job-worker needs s3 in cell ${cell.name}`);
  if (mistakes.length > 0 || !cell || !cells) throw new ConfigError(mistakes);

  const login = (user: string, password: string): PostgresLogin => ({ ...cell.postgres, user, password, ca });
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
      kafka: { brokers: cell.kafka.brokers, username: 'relay', password: secrets.kafkaPassword, tls: env.KAFKA_TLS === 'on' },
      poll: { minMs: env.RELAY_POLL_MIN_MS, maxMs: env.RELAY_POLL_MAX_MS, batch: env.RELAY_BATCH },
      crashAfter: env.CRASH_AFTER,
    };
  }
  if (secrets.role === 'job-worker') {
    if (!redis || !s3) throw new ConfigError(mistakes); // Said above; this is for the compiler.
    return {
      ...common,
      ...doors,
      role: 'job-worker',
      registry: login(logins.registry, secrets.registryPassword),
      rows: login(logins.jobs, secrets.postgresPassword),
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
    // A dedicated replica has one login; row security shows it its own registry row and no other.
    registry: secrets.registryPassword === undefined ? rows : login(logins.registry, secrets.registryPassword),
    cursorKey: secrets.cursorKey,
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    drainDelayMs: env.DRAIN_DELAY_MS,
    redis,
    s3,
    membersSecret: secrets.membersSecret,
    pooledUrl: cells.pooledUrl,
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

function redisLogin(cell: Cell | undefined, secret: (name: string) => string, ca: string): RedisLogin | undefined {
  if (!cell?.redis) return undefined;
  const { host, port, tls } = cell.redis;
  return { host, port, password: secret(API_SECRET.redisPassword), ca: tls ? ca : undefined };
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

function apiSecrets(secret: (name: string) => string, dedicated: boolean, mistakes: string[]) {
  const cursorKey = Buffer.from(secret(dedicated ? TENANT_SECRET.cursorKey : API_SECRET.cursorKey), 'base64');
  if (cursorKey.length < 32) mistakes.push(`${API_SECRET.cursorKey}: must be at least 32 bytes, base64`);
  return dedicated
    ? {
        role: 'api' as const,
        username: secret(TENANT_SECRET.postgresUsername),
        postgresPassword: secret(TENANT_SECRET.postgresPassword),
        registryPassword: undefined,
        membersSecret: undefined,
        cursorKey,
      }
    : {
        role: 'api' as const,
        username: undefined,
        postgresPassword: secret(API_SECRET.postgresPassword),
        registryPassword: secret(API_SECRET.registryPassword),
        membersSecret: secret(API_SECRET.keycloakSecret),
        cursorKey,
      };
}
