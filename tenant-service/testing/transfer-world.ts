import { randomBytes } from 'node:crypto';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import type { RunningRole } from '../src/api-role.ts';
import { startJobWorker } from '../src/job-worker-role.ts';
import type { JobWorkerConfig, RedisLogin, S3Login } from '../src/role-config.ts';
import { createLog } from '../src/telemetry/log.ts';
import { createMetrics, type Metrics } from '../src/telemetry/metrics.ts';
import type { ServiceWorld } from './service-world.ts';

/** A job worker beside the replicas of a {@link ServiceWorld}, on the stack's Redis and bucket. */
export interface TransferWorld extends AsyncDisposable {
  readonly redis: RedisLogin;
  readonly s3: S3Login;
  readonly workerConfig: (overrides?: Partial<JobWorkerConfig>) => JobWorkerConfig;
  readonly startWorker: (overrides?: Partial<JobWorkerConfig>, metrics?: Metrics) => Promise<RunningRole>;
}

export async function transferWorld(world: ServiceWorld): Promise<TransferWorld> {
  const stack = await runningStack('postgres', 'redis', 's3');
  const { host, port, password } = await stack.redis();
  const redis = { host, port, password, ca: undefined };
  const s3 = await stack.s3();
  const running: RunningRole[] = [];
  const workerConfig = (overrides: Partial<JobWorkerConfig> = {}): JobWorkerConfig => {
    const { cell, ca, logLevel, host, registry, connections, connectionsPerTenant, namedStatements } = world.apiConfig();
    return {
      ...{ cell, ca, logLevel, host, registry, connections, connectionsPerTenant, namedStatements },
      role: 'job-worker',
      metricsPort: 0,
      rows: world.login(world.cell.logins.jobs, world.cell.passwords.jobs),
      redis,
      s3,
      // A quarter of a second where production waits ten: a test sees what a sweep mends.
      jobs: { leaseMs: 1500, refillMs: 250, cleanMs: 600_000 },
      crashAfter: undefined,
      ...overrides,
    };
  };
  return {
    redis,
    s3,
    workerConfig,
    startWorker: async (overrides = {}, metrics = createMetrics()) => {
      const config = workerConfig(overrides);
      const role = await startJobWorker(config, createLog(config.logLevel, `test-${randomBytes(2).toString('hex')}`), metrics);
      running.push(role);
      return role;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(running.map((role) => role.stop().catch(() => {})));
    },
  };
}
