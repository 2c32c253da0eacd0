import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_SECRET, JOB_WORKER_SECRET } from '@tenantry/contracts';
import { bundledProgram } from '@tenantry/stack/testing/bundled-program.ts';
import type { RedisLogin, S3Login } from '../src/role-config.ts';
import type { ServiceWorld } from './service-world.ts';

/** Job workers as their Deployment starts them: processes, which can be killed. */
export interface WorkerProcesses extends Disposable {
  readonly start: (environment?: Readonly<Record<string, string>>) => ChildProcess;
  readonly killAll: () => void;
}

export async function workerProcesses(
  world: ServiceWorld,
  parts: { readonly redis: RedisLogin; readonly s3: S3Login },
): Promise<WorkerProcesses> {
  const program = await bundledProgram('tenantry-service');
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-jobs-'));
  const { accessKey, secretKey, ...s3 } = parts.s3;
  const { host, port, password } = parts.redis;
  const cells = [{ ...world.apiConfig().cell, redis: { host, port, tls: false }, s3 }];
  const files = {
    'cells.json': JSON.stringify({ cells, identity: { issuer: world.issuer.url }, pooledUrl: 'http://127.0.0.1:1' }),
    'ca.crt': world.stack.ca,
    [JOB_WORKER_SECRET.postgresPassword]: world.cell.passwords.jobs,
    [JOB_WORKER_SECRET.registryPassword]: world.cell.passwords.registry,
    [API_SECRET.redisPassword]: password,
    [API_SECRET.s3AccessKey]: accessKey,
    [API_SECRET.s3SecretKey]: secretKey,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const workers: ChildProcess[] = [];
  const killAll = () => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL');
  };
  return {
    start: (environment = {}) => {
      const child = spawn(process.execPath, [program], {
        env: {
          TENANTRY_ROLE: 'job-worker',
          CELLS_FILE: join(folder, 'cells.json'),
          CA_FILE: join(folder, 'ca.crt'),
          SECRETS_DIR: folder,
          HOST: '127.0.0.1',
          METRICS_PORT: '0',
          LOG_LEVEL: 'error',
          JOB_LEASE_MS: '1500',
          JOB_REFILL_MS: '250',
          ...environment,
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      workers.push(child);
      return child;
    },
    killAll,
    [Symbol.dispose]: () => {
      killAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
