import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CellsFile, JOB_WORKER_SECRET } from '@tenantry/contracts';
import { podProcess } from '@tenantry/stack/deploy/pod-process.ts';
import { bundleProduct } from '@tenantry/stack/images/bundle-product.ts';
import { PRODUCTS } from '@tenantry/stack/images/product-images.ts';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { findProcess } from '@tenantry/stack/process.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { freshCell } from '@tenantry/tenant-schema/testing/fresh-cell.ts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import type { ObjectStore } from '@tenantry/tenant-service/objects/object-store.ts';
import { s3ObjectStore } from '@tenantry/tenant-service/objects/s3-object-store.ts';
import type pg from 'pg';
import { CleanUp } from '../clean-up.ts';
import { type ServerProcess, startServer } from '../customers/server-process.ts';

/** A tenant in a cell of its own, and the job worker before it, from the bundle that goes into the image. */
export interface ImportWorld {
  readonly tenantId: string;
  readonly schema: string;
  readonly appRole: string;
  readonly admin: pg.Client;
  readonly objects: ObjectStore;
  readonly worker: ServerProcess;
  readonly postgresPid: number;
  readonly remove: () => Promise<void>;
}

export async function importWorld(options: {
  readonly root: string;
  readonly folder: string;
  readonly profileFolder: string | undefined;
  readonly say: (line: string) => void;
}): Promise<ImportWorld> {
  const { root, folder, profileFolder, say } = options;
  const stack = await runningStack('postgres', 'redis', 's3');
  const cleanUp = new CleanUp(say);
  const remove = () => cleanUp.run();
  try {
    const { host, port, user, password, ca = '' } = stack.postgres;
    const cell = await freshCell({ host, port, user, password, ca });
    cleanUp.add(cell.drop);
    const operator = await cell.connectAs('operator');
    const names = await provisionTenantDatabase(operator, { slug: 'bench-import', cell: cell.cell, tenantId: randomUUID() });
    await operator.query('update tenantry.tenants set statement_timeout_ms = 10000 where tenant_id = $1', [names.tenantId]);
    const redis = await stack.redis();
    const { accessKey, secretKey, ...s3 } = await stack.s3();
    const objects = s3ObjectStore({ ...s3, accessKey, secretKey });
    cleanUp.add(async () => {
      await objects.removeUnder(`t/${names.tenantId}/`);
      objects.close();
    });
    await bundleProduct(root, PRODUCTS['tenantry-service'], folder);
    const secrets = join(folder, 'secrets');
    mkdirSync(secrets, { mode: 0o700 });
    const put = (name: string, text: string): void => writeFileSync(join(secrets, name), text, { mode: 0o600 });
    put(JOB_WORKER_SECRET.postgresPassword, cell.passwords.jobs);
    put(JOB_WORKER_SECRET.registryPassword, cell.passwords.registry);
    put(JOB_WORKER_SECRET.redisPassword, redis.password);
    put(JOB_WORKER_SECRET.s3AccessKey, accessKey);
    put(JOB_WORKER_SECRET.s3SecretKey, secretKey);
    const cells: CellsFile = {
      cells: [
        {
          name: cell.cell,
          postgres: { host, port, database: cell.database },
          kafka: { brokers: ['127.0.0.1:9'], replicationFactor: 1 },
          redis: { host: redis.host, port: redis.port, tls: false },
          s3,
        },
      ],
      identity: { issuer: 'http://127.0.0.1:1' },
      pooledUrl: 'http://127.0.0.1:1',
    };
    writeFileSync(join(folder, 'cells.json'), JSON.stringify(CellsFile.parse(cells)));
    const metricsPort = await freePort();
    const pod = await podProcess(root, 'job-worker');
    const worker = await startServer({
      args: [...(profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]), ...pod.words],
      environment: {
        ...pod.environment,
        NODE_ENV: 'production',
        TENANTRY_ROLE: 'job-worker',
        CELLS_FILE: join(folder, 'cells.json'),
        CA_FILE: stack.caFile,
        SECRETS_DIR: secrets,
        HOST: '127.0.0.1',
        METRICS_PORT: String(metricsPort),
        JOB_REFILL_MS: '100',
      },
      port: metricsPort,
      readyUrl: `http://127.0.0.1:${metricsPort}/readyz`,
      log: join(folder, 'worker.log'),
    });
    cleanUp.add(worker.stop);
    const postgres = await findProcess(stackPaths(), 'postgres');
    if (postgres === undefined) throw new Error('PostgreSQL has ended');
    const { tenantId, schema, appRole } = names;
    return { tenantId, schema, appRole, admin: await cell.connectAsAdmin(), objects, worker, postgresPid: postgres.pid, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
