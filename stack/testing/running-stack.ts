import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RABBITMQ_OPERATOR, REDIS_OPERATOR } from '@tenantry/contracts';
import { CATALOGUE } from '../src/catalogue.ts';
import { readEndpoints } from '../src/endpoints.ts';
import type { KafkaAccess } from '../src/kafka/prepare-kafka.ts';
import { adminClient, bootstrapAdmin, type KeycloakAdmin } from '../src/keycloak/keycloak-admin.ts';
import { OPERATOR_CLIENT, REALMS } from '../src/keycloak/realms.ts';
import type { Issuer } from '../src/keycloak/tokens.ts';
import { trustingFetch } from '../src/keycloak/trusting-fetch.ts';
import { stackContext } from '../src/local-stack.ts';
import { KAFKA_PRINCIPALS } from '../src/parts/kafka.ts';
import { motoUrl } from '../src/parts/moto.ts';
import type { Paths } from '../src/paths.ts';
import type { PostgresAccess } from '../src/postgres/prepare-postgres.ts';
import { findProcess } from '../src/process.ts';
import { SECRETS } from '../src/secrets.ts';

/** A way into RabbitMQ. */
export interface RabbitmqAccess {
  readonly host: string;
  readonly port: number;
  /** Address of the management HTTP API. */
  readonly management: string;
  readonly username: string;
  readonly password: string;
}

/** A way into Redis. */
export interface RedisAccess {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

/** A way into the cell's bucket. */
export interface S3Access {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly forcePathStyle: boolean;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The running local platform, as a test sees it. */
export interface RunningStack {
  readonly nodeAddress: string;
  /** PEM of the CA of PostgreSQL and Keycloak. */
  readonly ca: string;
  readonly caFile: string;
  /** The secret of this file name; names are in stack/src/secrets.ts. */
  readonly secret: (name: string) => Promise<string>;
  /** The administrator's way into PostgreSQL. For making a database; what is tested uses the logins it makes itself. */
  readonly postgres: PostgresAccess;
  /** PgBouncer before it: other host and port, the same databases, logins and CA. Transactions only: no LISTEN, no prepared statements. */
  readonly pgbouncer: { readonly host: string; readonly port: number };
  /** Way in of one of the platform's own Kafka principals. */
  readonly kafka: (principal: keyof typeof KAFKA_PRINCIPALS) => Promise<KafkaAccess>;
  /** RabbitMQ as its administrator, the operator's own login; keep apart by a vhost of your own. */
  readonly rabbitmq: () => Promise<RabbitmqAccess>;
  /** Redis with the platform's own password; keep apart by a key prefix of your own, never FLUSHALL. */
  readonly redis: () => Promise<RedisAccess>;
  /** Redis as the operator signs in: it makes users and reaches no key. */
  readonly redisOperator: () => Promise<RedisAccess & { readonly username: string }>;
  /** The stand-in for MongoDB, which knows no users; keep apart by a database of your own, and drop it. */
  readonly mongo: { readonly host: string; readonly port: number };
  /** The cell's bucket with the platform's own keys; keep apart by a key prefix of your own. */
  readonly s3: () => Promise<S3Access>;
  /** Where the stand-in for Amazon's services answers; keep apart by names of your own. */
  readonly motoUrl: string;
  readonly keycloak: {
    readonly origin: string;
    readonly tenants: Issuer;
    readonly staff: Issuer;
    /** The whole server's administrator; not what the product has. */
    readonly admin: KeycloakAdmin;
    /** The admin API with the operator's own rights. */
    readonly operator: KeycloakAdmin;
  };
  /** Of the cluster's administrator. */
  readonly kubeconfigFile: string;
  readonly apiUrl: string;
}

/**
 * Addresses and ways in of the running stack. @param parts what the test needs, e.g. `'postgres', 'kafka'`.
 * @throws naming the command that starts them when one does not run. It never starts anything itself.
 */
export async function runningStack(...parts: string[]): Promise<RunningStack> {
  const { paths } = stackContext();
  await requireRunning(paths, parts);
  const endpoints = await readEndpoints(paths);
  if (!endpoints) throw new Error(`no stack was started in this checkout: ${startCommand(parts)}`);
  const ca = await readFile(endpoints.caFile, 'utf8');
  const ask = trustingFetch(ca);
  const read = async (name: string): Promise<string> => await readFile(join(endpoints.secretsFolder, name), 'utf8');
  const { origin, tenantsIssuer, staffIssuer } = endpoints.keycloak;
  const keycloakLogin = async (realm: string, clientId: string, file: string): Promise<KeycloakAdmin> =>
    adminClient({ origin, realm, clientId, clientSecret: await read(file), ask });
  const { host, port, adminUser } = endpoints.postgres;
  return {
    nodeAddress: endpoints.nodeAddress,
    ca,
    caFile: endpoints.caFile,
    secret: read,
    postgres: { host, port, user: adminUser, password: await read(SECRETS.postgresAdmin).catch(() => ''), ca },
    pgbouncer: endpoints.pgbouncer,
    kafka: async (principal) => ({
      address: endpoints.kafka.host,
      port: endpoints.kafka.port,
      username: principal,
      password: await read(KAFKA_PRINCIPALS[principal]),
    }),
    rabbitmq: async () => ({ ...endpoints.rabbitmq, username: RABBITMQ_OPERATOR, password: await read(SECRETS.rabbitmqOperator) }),
    redis: async () => ({ ...endpoints.redis, password: await read(SECRETS.redis) }),
    redisOperator: async () => ({ ...endpoints.redis, username: REDIS_OPERATOR, password: await read(SECRETS.redisOperator) }),
    mongo: endpoints.mongo,
    s3: async () => ({
      endpoint: endpoints.s3.url,
      region: endpoints.s3.region,
      bucket: endpoints.s3.bucket,
      forcePathStyle: true,
      accessKey: await read(SECRETS.s3AccessKey),
      secretKey: await read(SECRETS.s3SecretKey),
    }),
    motoUrl: motoUrl(),
    keycloak: {
      origin,
      tenants: { url: tenantsIssuer, ask },
      staff: { url: staffIssuer, ask },
      admin: lazyAdmin(() => keycloakLogin(bootstrapAdmin.realm, bootstrapAdmin.clientId, SECRETS.keycloakAdmin)),
      operator: lazyAdmin(() => keycloakLogin(REALMS.tenantry, OPERATOR_CLIENT, SECRETS.keycloakOperator)),
    },
    kubeconfigFile: join(paths.run, 'kubeconfig'),
    apiUrl: endpoints.api.url,
  };
}

async function requireRunning(paths: Paths, parts: readonly string[]): Promise<void> {
  const down: string[] = [];
  for (const name of parts) {
    const part = CATALOGUE.find((each) => each.name === name);
    if (!part) throw new Error(`there is no part "${name}"; parts are: ${CATALOGUE.map((each) => each.name).join(', ')}`);
    const processes = await Promise.all(part.processes.map((process) => findProcess(paths, process)));
    if (!processes.every(Boolean)) down.push(name);
  }
  if (down.length > 0) throw new Error(`${down.join(' and ')} ${down.length === 1 ? 'does' : 'do'} not run: ${startCommand(down)}`);
}

function startCommand(parts: readonly string[]): string {
  return `start with \`npm run stack -- up ${parts.join(' ')}\``;
}

/** Secrets of a part that was never started do not exist; that matters only to a test that uses them. */
function lazyAdmin(make: () => Promise<KeycloakAdmin>): KeycloakAdmin {
  let made: Promise<KeycloakAdmin> | undefined;
  const admin = (): Promise<KeycloakAdmin> => {
    made ??= make();
    return made;
  };
  return {
    get: async (path) => await (await admin()).get(path),
    post: async (path, body) => await (await admin()).post(path, body),
    put: async (path, body) => await (await admin()).put(path, body),
    remove: async (path, body) => await (await admin()).remove(path, body),
  };
}
