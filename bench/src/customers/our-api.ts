import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_SECRET, CellsFile } from '@tenantry/contracts';
import { bundleProduct } from '@tenantry/stack/images/bundle-product.ts';
import type { CustomersTenant } from './customers-tenant.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';

/**
 * Our api as the image runs it: the same bundle, production configuration, one process, log level info, metrics on. Only the address differs.
 * With `profileFolder` it writes a CPU profile there when it stops.
 */
export async function startOurApi(
  tenant: CustomersTenant,
  options: { readonly root: string; readonly folder: string; readonly profileFolder: string | undefined },
): Promise<ServerProcess> {
  const { root, folder, profileFolder } = options;
  await bundleProduct(root, { folder: 'tenant-service', files: { docs: ['node_modules/swagger-ui-dist/swagger-ui.css'] } }, folder);
  const secrets = join(folder, 'secrets');
  mkdirSync(secrets, { mode: 0o700 });
  const put = (name: string, text: string): void => writeFileSync(join(secrets, name), text, { mode: 0o600 });
  put(API_SECRET.postgresPassword, tenant.passwords.api);
  put(API_SECRET.registryPassword, tenant.passwords.registry);
  put(API_SECRET.cursorKey, randomBytes(32).toString('base64'));
  const [port, metricsPort] = [await freePort(), await freePort()];
  writeFileSync(join(folder, 'cells.json'), JSON.stringify(cellsFile(tenant, port)));
  return await startServer({
    args: [
      '--enable-source-maps',
      ...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]),
      join(folder, 'main.mjs'),
    ],
    environment: {
      NODE_ENV: 'production',
      TENANTRY_ROLE: 'api',
      CELLS_FILE: join(folder, 'cells.json'),
      CA_FILE: tenant.caFile,
      SECRETS_DIR: secrets,
      HOST: '127.0.0.1',
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      DRAIN_DELAY_MS: '0',
    },
    port,
    readyUrl: `http://127.0.0.1:${metricsPort}/readyz`,
    log: join(folder, 'api.log'),
  });
}

function cellsFile(tenant: CustomersTenant, port: number): CellsFile {
  return CellsFile.parse({
    cells: [{ name: tenant.cell, postgres: tenant.postgres, kafka: { brokers: ['127.0.0.1:9'], replicationFactor: 1 } }],
    identity: { issuer: tenant.issuer },
    pooledUrl: `http://127.0.0.1:${port}`,
  });
}
