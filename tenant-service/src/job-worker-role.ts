import tls from 'node:tls';
import type { RunningRole } from './api-role.ts';
import { CustomerCache } from './cache/customer-cache.ts';
import type { JobWorkerConfig } from './config.ts';
import { failpoint } from './failpoint.ts';
import { jobConsumer, jobQueue } from './jobs/job-queue.ts';
import { JobWorker } from './jobs/job-worker.ts';
import { Sweeper } from './jobs/sweeper.ts';
import { customerChannel } from './limits/api-limits.ts';
import { roomForImports } from './limits/room-for-imports.ts';
import { s3ObjectStore } from './objects/s3-object-store.ts';
import { Connection, clientConfig } from './postgres/connection.ts';
import { NodeRedis } from './redis/node-redis.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { pooledDoor } from './tenancy/doors.ts';
import { TenantRegistry } from './tenancy/registry.ts';
import { snapshotDoor } from './tenancy/snapshot-door.ts';
import { runExport } from './transfer/run-export.ts';
import { runImport } from './transfer/run-import.ts';
import { exportSources, importTargets } from './transfers.ts';

/** Imports and exports at once in one process: each is mostly the database's work. */
const CONCURRENCY = 4;
/** Nobody waits for the next few hundred rows of an export as for an answer. */
const EXPORT_BATCH_MS = 60_000;

/**
 * Composition root of the job worker: imports, exports, and the removal of what has expired. Enters tenants as the pooled api does, with a
 * login of its own. @throws when the registry cannot be read the first time; Redis and the bucket may come later.
 */
export async function startJobWorker(config: JobWorkerConfig, log: Log, metrics: Metrics): Promise<RunningRole> {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), config.ca]);
  const name = 'tenantry-job-worker';
  const flights = { read: metrics.flightSeconds.labels('read'), write: metrics.flightSeconds.labels('write') };
  // Replicas of the api keep customers for a moment; they hear at once what an import changes.
  const news = new NodeRedis(config.redis, name, log);
  const changes = new CustomerCache({ redis: news, channel: customerChannel(config.cell.name) });
  const door = pooledDoor({
    connect: () => new Connection(clientConfig(config.rows, name), config.namedStatements),
    connections: config.connections,
    connectionsPerTenant: config.connectionsPerTenant,
    onFlight: (kind, seconds) => flights[kind].observe(seconds),
    changes,
  });
  const registry = new TenantRegistry({ connection: clientConfig(config.registry, `${name}/registry`), log });
  await registry.start();

  const objects = s3ObjectStore(config.s3);
  const onError = (error: Error) => log.debug({ err: error }, 'the queue is away');
  const queue = jobQueue(config.redis, config.cell.name, onError);
  const parts = {
    door,
    objects,
    snapshots: snapshotDoor(clientConfig(config.rows, `${name}/export`), { batchTimeoutMs: EXPORT_BATCH_MS }),
    targets: importTargets,
    sources: exportSources,
    failpoint: failpoint(config.crashAfter),
    requireRoom: roomForImports(door, log),
  };
  const { leaseMs, refillMs, cleanMs } = config.jobs;
  const worker = new JobWorker({
    door,
    tenantOf: (tenantId) => registry.byId(tenantId),
    run: {
      import: (...job) => runImport(parts, ...job),
      export: (...job) => runExport(parts, ...job),
    },
    add: queue.add,
    leaseMs,
    log,
    metrics,
  });
  const consumer = jobConsumer(config.redis, config.cell.name, {
    concurrency: CONCURRENCY,
    work: (ticket) => worker.work(ticket),
    onError,
  });
  const sweeper = new Sweeper({ door, objects, tenants: () => registry.all(), add: queue.add, leaseMs, refillMs, cleanMs, log, metrics });
  sweeper.start();

  let isStopping = false;
  const health = await startHealthServer({
    host: config.host,
    port: config.metricsPort,
    health: { notReady: () => (isStopping ? 'draining' : undefined) },
    metrics: metrics.registry,
  });
  log.info('job worker is running');
  return {
    port: 0,
    metricsPort: health.port,
    stop: async () => {
      isStopping = true;
      // Operations under way stop at their next chunk and are given back; another worker goes on from there.
      worker.stop();
      await sweeper.stop();
      await consumer.close();
      await queue.close().catch(() => {});
      await registry.stop();
      await door.close();
      await news.close();
      objects.close();
      health.close();
      log.info('drained');
    },
  };
}
