import tls from 'node:tls';
import type { RunningRole } from './api-role.ts';
import { Archiver } from './archive/archiver.ts';
import { CustomerCache } from './cache/customer-cache.ts';
import { failpoint } from './failpoint.ts';
import { reportQueries } from './features/reports/report-queries.ts';
import { requireReportRows } from './features/reports/require-report-rows.ts';
import { jobConsumer, jobQueue } from './jobs/job-queue.ts';
import { JobWorker } from './jobs/job-worker.ts';
import { operationStore } from './jobs/operation-store.ts';
import { Sweeper } from './jobs/sweeper.ts';
import { roomForImports } from './limits/room-for-imports.ts';
import { s3ObjectStore } from './objects/s3-object-store.ts';
import { Connection, clientConfig } from './postgres/connection.ts';
import { NodeRedis } from './redis/node-redis.ts';
import { askDueReports } from './reporting/due-schedules.ts';
import { runReport } from './reporting/run-report.ts';
import type { JobWorkerConfig, PostgresLogin } from './role-config.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { pooledDoor } from './tenancy/doors.ts';
import { openReadReplica } from './tenancy/open-read-replica.ts';
import { TenantRegistry } from './tenancy/registry.ts';
import { snapshotsWithReplica } from './tenancy/replica-doors.ts';
import { snapshotDoor } from './tenancy/snapshot-door.ts';
import { runExport } from './transfer/run-export.ts';
import { runImport } from './transfer/run-import.ts';
import { exportSources, importTargets } from './transfers.ts';

/** Operations at once in one process: each is mostly the database's work. */
const CONCURRENCY = 4;
/** Nobody waits for the next few hundred rows of an export as for an answer. */
const EXPORT_BATCH_MS = 60_000;
/** A report is one statement; what takes longer holds back the clean-up of the whole database. */
const REPORT_MS = 30 * 60_000;

/**
 * Composition root of the job worker: imports, exports, reports, and the removal of what has expired. Enters tenants as the pooled api does, with a
 * login of its own. @throws when the registry cannot be read the first time; Redis and the bucket may come later.
 */
export async function startJobWorker(config: JobWorkerConfig, log: Log, metrics: Metrics): Promise<RunningRole> {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), config.ca]);
  const name = 'tenantry-job-worker';
  const flights = { read: metrics.flightSeconds.labels('read'), write: metrics.flightSeconds.labels('write') };
  // Replicas of the api keep customers for a moment; they hear at once what an import changes.
  const news = new NodeRedis(config.redis, name, log);
  const changes = new CustomerCache({ redis: news });
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
  const openSnapshots = (rows: PostgresLogin) =>
    snapshotDoor(clientConfig(rows, `${name}/export`), { batchTimeoutMs: EXPORT_BATCH_MS, copyTimeoutMs: REPORT_MS });
  const openReplica = (rows: PostgresLogin) => ({ doors: { snapshots: openSnapshots(rows) }, close: async () => {} });
  const replica = openReadReplica({ config, name, log, metrics, open: openReplica });
  const snapshots = openSnapshots(config.rows);
  const parts = {
    door,
    objects,
    snapshots: replica ? snapshotsWithReplica(snapshots, replica) : snapshots,
    targets: importTargets,
    sources: exportSources,
    queries: reportQueries,
    requireRows: requireReportRows,
    failpoint: failpoint(config.crashAfter),
    requireRoom: roomForImports(door, log),
  };
  const { leaseMs, refillMs, cleanMs } = config.jobs;
  const worker = new JobWorker({
    operations: operationStore(door, leaseMs),
    tenantOf: (tenantId) => registry.byId(tenantId),
    run: {
      import: async (...job) => {
        await runImport(parts, ...job);
        return undefined;
      },
      export: (...job) => runExport(parts, ...job),
      report: (...job) => runReport(parts, ...job),
    },
    add: queue.add,
    log,
    metrics,
  });
  const consumer = jobConsumer(config.redis, config.cell.name, {
    concurrency: CONCURRENCY,
    work: (ticket) => worker.work(ticket),
    onError,
  });
  const archiver = new Archiver({ door, snapshots, objects, leaseMs, log, metrics, failpoint: parts.failpoint });
  const sweeper = new Sweeper({
    door,
    objects,
    tenants: () => registry.all(),
    add: queue.add,
    askDue: (tenant) => askDueReports(door, tenant),
    archive: (tenant) => archiver.archive(tenant),
    leaseMs,
    refillMs,
    cleanMs,
    log,
    metrics,
  });
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
      archiver.stop();
      await sweeper.stop();
      await consumer.close();
      await queue.close().catch(() => {});
      await registry.stop();
      await replica?.stop();
      await door.close();
      await news.close();
      objects.close();
      health.close();
      log.info('drained');
    },
  };
}
