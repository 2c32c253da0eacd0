import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CellsFile, JOB_WORKER_SECRET, PROJECTOR_SECRET, RELAY_SECRET, SENDER_SECRET } from '@tenantry/contracts';
import { podProcess } from '@tenantry/stack/deploy/pod-process.ts';
import { bundleProduct } from '@tenantry/stack/images/bundle-product.ts';
import { PRODUCTS } from '@tenantry/stack/images/product-images.ts';
import { SECRETS } from '@tenantry/stack/secrets.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import type { RunningStack, S3Access } from '@tenantry/stack/testing/running-stack.ts';
import type { FreshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { type ServerProcess, startServer } from '../customers/server-process.ts';

/** What works behind the api. */
type PipelineRole = 'relay' | 'projector' | 'webhook-sender' | 'job-worker';

/** Starts roles of a cell as processes from the very bundle and with the arguments of their pods; their port answers `/metrics`. */
interface RoleProcesses {
  /** Seals secrets of webhooks in this cell. */
  readonly webhookKey: Buffer;
  readonly start: (role: PipelineRole, environment?: Readonly<Record<string, string>>) => Promise<ServerProcess>;
}

export async function roleProcesses(options: {
  readonly root: string;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly stack: RunningStack;
  readonly cell: FreshCell;
}): Promise<RoleProcesses> {
  const { root, folder, profileFolder, stack, cell } = options;
  const home = join(folder, 'roles');
  const secrets = join(home, 'secrets');
  mkdirSync(secrets, { mode: 0o700, recursive: true });
  await bundleProduct(root, PRODUCTS['tenantry-service'], home);
  const webhookKey = randomBytes(32);
  const put = (texts: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(secrets, name), text, { mode: 0o600 });
  };
  const secretsOf: Readonly<Record<PipelineRole, () => Promise<Readonly<Record<string, string>>>>> = {
    relay: async () => ({
      [RELAY_SECRET.postgresPassword]: cell.passwords.relay,
      [RELAY_SECRET.kafkaPassword]: (await stack.kafka('relay')).password,
      [RELAY_SECRET.redisPassword]: (await stack.redis()).password,
    }),
    projector: async () => ({
      [PROJECTOR_SECRET.postgresPassword]: cell.passwords.projector,
      [PROJECTOR_SECRET.registryPassword]: cell.passwords.registry,
      [PROJECTOR_SECRET.kafkaPassword]: (await stack.kafka('projector')).password,
      [PROJECTOR_SECRET.redisPassword]: (await stack.redis()).password,
    }),
    'webhook-sender': async () => ({
      [SENDER_SECRET.postgresPassword]: cell.passwords.sender,
      [SENDER_SECRET.registryPassword]: cell.passwords.registry,
      [SENDER_SECRET.rabbitmqPassword]: await stack.secret(SECRETS.rabbitmqSender),
      [SENDER_SECRET.webhookKey]: webhookKey.toString('base64'),
    }),
    'job-worker': async () => {
      const { accessKey, secretKey } = await stack.s3();
      return {
        [JOB_WORKER_SECRET.postgresPassword]: cell.passwords.jobs,
        [JOB_WORKER_SECRET.registryPassword]: cell.passwords.registry,
        [JOB_WORKER_SECRET.redisPassword]: (await stack.redis()).password,
        [JOB_WORKER_SECRET.s3AccessKey]: accessKey,
        [JOB_WORKER_SECRET.s3SecretKey]: secretKey,
      };
    },
  };
  // Parts this bench does not use may never have been started, and have no passwords then.
  const nothing = (): undefined => undefined;
  const kafka = await stack.kafka('relay').catch(nothing);
  const rabbitmq = await stack.rabbitmq().catch(nothing);
  const redis = await stack.redis().catch(nothing);
  const s3 = await stack.s3().catch(nothing);
  const cells: CellsFile = {
    cells: [
      {
        name: cell.cell,
        postgres: { host: stack.postgres.host, port: stack.postgres.port, database: cell.database },
        kafka: { brokers: [kafka ? `${kafka.address}:${kafka.port}` : '127.0.0.1:9'], replicationFactor: 1 },
        ...(rabbitmq && { rabbitmq: { host: rabbitmq.host, port: rabbitmq.port, tls: false, management: rabbitmq.management } }),
        ...(redis && { redis: { host: redis.host, port: redis.port, tls: false } }),
        ...(s3 && { s3: bucketOf(s3) }),
      },
    ],
    identity: { issuer: 'http://127.0.0.1:1' },
    pooledUrl: 'http://127.0.0.1:1',
  };
  writeFileSync(join(home, 'cells.json'), JSON.stringify(CellsFile.parse(cells)));
  return {
    webhookKey,
    start: async (role, environment = {}) => {
      put(await secretsOf[role]());
      const port = await freePort();
      const pod = await podProcess(root, role);
      return await startServer({
        args: [...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profileFolder, role)}`]), ...pod.words],
        environment: {
          ...pod.environment,
          NODE_ENV: 'production',
          TENANTRY_ROLE: role,
          CELLS_FILE: join(home, 'cells.json'),
          CA_FILE: stack.caFile,
          SECRETS_DIR: secrets,
          HOST: '127.0.0.1',
          METRICS_PORT: String(port),
          ...environment,
        },
        port,
        readyUrl: `http://127.0.0.1:${port}/readyz`,
        log: join(home, `${role}-${port}.log`),
      });
    },
  };
}

/** Keys are secrets and no part of the file. */
function bucketOf({ endpoint, region, bucket, forcePathStyle }: S3Access) {
  return { endpoint, region, bucket, forcePathStyle };
}
