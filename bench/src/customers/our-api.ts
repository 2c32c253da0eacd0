import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_SECRET, CellsFile } from '@tenantry/contracts';
import { bundleProduct } from '@tenantry/stack/images/bundle-product.ts';
import { imageCommand } from '@tenantry/stack/images/image-command.ts';
import { PRODUCTS } from '@tenantry/stack/images/product-images.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** What an api is started with. */
export interface ApiSettings {
  readonly cell: string;
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string };
  readonly caFile: string;
  readonly issuer: string;
  readonly passwords: { readonly api: string; readonly registry: string };
  readonly redis?: { readonly host: string; readonly port: number; readonly password: string };
}

/**
 * Our api as the image runs it: the same bundle, production configuration, log level info, metrics on; `workers` replicas of one process each.
 * Only the addresses differ. With `profileFolder` they write CPU profiles there when they stop.
 */
export async function startOurApi(
  settings: ApiSettings,
  options: {
    readonly root: string;
    readonly folder: string;
    readonly profileFolder: string | undefined;
    readonly workers?: number;
    readonly connections?: number;
    readonly connectionsPerTenant?: number;
  },
): Promise<ServerProcess[]> {
  const { root, folder, profileFolder, workers = 1, connections = 4, connectionsPerTenant = 2 } = options;
  const product = PRODUCTS['tenantry-service'];
  await bundleProduct(root, product, folder);
  const command = await imageCommand(root, product);
  const secrets = join(folder, 'secrets');
  mkdirSync(secrets, { mode: 0o700 });
  const put = (name: string, text: string): void => writeFileSync(join(secrets, name), text, { mode: 0o600 });
  put(API_SECRET.postgresPassword, settings.passwords.api);
  put(API_SECRET.registryPassword, settings.passwords.registry);
  put(API_SECRET.cursorKey, randomBytes(32).toString('base64'));
  put(API_SECRET.keycloakSecret, 'unused');
  if (settings.redis) put(API_SECRET.redisPassword, settings.redis.password);
  writeFileSync(join(folder, 'cells.json'), JSON.stringify(cellsFile(settings)));
  const started: ServerProcess[] = [];
  try {
    while (started.length < workers) {
      const [port, metricsPort] = [await freePort(), await freePort()];
      started.push(
        await startServer({
          args: [...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]), ...command],
          environment: {
            NODE_ENV: 'production',
            TENANTRY_ROLE: 'api',
            CELLS_FILE: join(folder, 'cells.json'),
            CA_FILE: settings.caFile,
            SECRETS_DIR: secrets,
            HOST: '127.0.0.1',
            PORT: String(port),
            METRICS_PORT: String(metricsPort),
            DRAIN_DELAY_MS: '0',
            POSTGRES_CONNECTIONS: String(connections),
            POSTGRES_CONNECTIONS_PER_TENANT: String(connectionsPerTenant),
          },
          port,
          readyUrl: `http://127.0.0.1:${metricsPort}/readyz`,
          log: join(folder, `api-${started.length}.log`),
        }),
      );
    }
  } catch (error) {
    await Promise.all(started.map((worker) => worker.stop()));
    throw error;
  }
  return started;
}

function cellsFile({ cell, postgres, issuer, redis }: ApiSettings): CellsFile {
  return CellsFile.parse({
    cells: [
      {
        name: cell,
        postgres,
        kafka: { brokers: ['127.0.0.1:9'], replicationFactor: 1 },
        ...(redis ? { redis: { host: redis.host, port: redis.port, tls: false } } : {}),
      },
    ],
    identity: { issuer },
    pooledUrl: 'http://127.0.0.1:1',
  });
}
