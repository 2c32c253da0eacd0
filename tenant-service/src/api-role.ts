import tls from 'node:tls';
import { openApiDocument, operations } from '@tenantry/contracts';
import { apiIdentity } from './api-identity.ts';
import { AttributeSchemas } from './attributes/attribute-schemas.ts';
import type { ApiConfig } from './config.ts';
import { featureHandlers } from './features.ts';
import { Cursors } from './http/cursor.ts';
import { expressApp } from './http/express-app.ts';
import { hotMount } from './http/hot-mount.ts';
import { type Endpoint, endpoint, type Handler } from './http/pipeline.ts';
import { ApiServer } from './http/server.ts';
import { jobQueue } from './jobs/job-queue.ts';
import { apiLimits } from './limits/api-limits.ts';
import { s3ObjectStore } from './objects/s3-object-store.ts';
import { Connection, clientConfig } from './postgres/connection.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { dedicatedDoor, pooledDoor } from './tenancy/doors.ts';
import { modelDoor as openModelDoor } from './tenancy/model-door.ts';
import { TenantRegistry } from './tenancy/registry.ts';
import type { RowChanges } from './tenancy/row-changes.ts';
import { snapshotDoor } from './tenancy/snapshot-door.ts';
import { exportSources, importTargets } from './transfers.ts';

/** A running role: where it answers, and how it is ended in order. */
export interface RunningRole {
  /** Port of the api; 0 for a role without one. */
  readonly port: number;
  /** Port of health and metrics. */
  readonly metricsPort: number;
  readonly stop: () => Promise<void>;
}

/** Operations answered in front of Express. */
const HOT = new Set(['createCustomer', 'getCustomer', 'listCustomers']);
const VERSION = '0.1.0';

/** Composition root of the api. @throws when the registry cannot be read the first time: there is nothing to serve without it. */
export async function startApi(config: ApiConfig, log: Log, metrics: Metrics, options: { hot?: boolean } = {}): Promise<RunningRole> {
  // Also for the fetch of the realm's keys. Added to the system's authorities, never instead of verification.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), config.ca]);
  const name = `tenantry-api/${config.tenantId ?? 'pooled'}`;
  const shared = apiLimits({ config, name, log, metrics });
  const door = openDoor(config, name, metrics, shared.cache);
  const modelDoor = openModelDoor({
    login: config.rows,
    applicationName: `${name}/models`,
    connections: config.modelConnections,
    connectionsPerTenant: config.tenantId === undefined ? Math.max(1, config.modelConnections - 1) : config.modelConnections,
    tenantId: config.tenantId,
    onTransaction: (kind, seconds) => metrics.modelTransactionSeconds.labels(kind).observe(seconds),
    changes: shared.cache,
  });
  const identity = apiIdentity({ config, door, log, metrics });
  const registry = new TenantRegistry({
    connection: clientConfig(config.registry, `${name}/registry`),
    followers: [identity.follower],
    log,
    onChange: ({ tenants, connected }) => {
      metrics.registryTenants.set(tenants);
      metrics.registryConnected.set(connected ? 1 : 0);
    },
  });
  await registry.start();
  identity.start(registry);

  const pipeline = {
    tokens: identity.tokens,
    registry,
    limits: shared.limits,
    door: config.tenantId === undefined ? 'pooled' : 'dedicated',
    passOn: identity.passOn,
    log,
    metrics,
  } as const;
  const transfers = {
    objects: config.s3 && s3ObjectStore(config.s3),
    queue: config.redis && jobQueue(config.redis, config.cell.name, (error) => log.debug({ err: error }, 'the job queue is away')),
    importTargets,
    exportSources,
  };
  const handlers: Readonly<Record<string, unknown>> = featureHandlers({
    door,
    attributeSchemas: new AttributeSchemas(door, log),
    modelDoor,
    snapshots: snapshotDoor(clientConfig(config.rows, `${name}/export`), { dedicatedTenantId: config.tenantId }),
    transfers,
    users: identity.users,
    machineClients: identity.machineClients,
    limits: shared.limits,
    usage: shared.start(door),
    cache: shared.cache,
    cursors: new Cursors(config.cursorKey),
    metrics,
  });
  const endpoints: Endpoint[] = Object.values(operations).map((operation) =>
    endpoint(pipeline, operation, handlers[operation.id] as Handler),
  );
  const server = new ApiServer({
    hot: hotMount(options.hot === false ? [] : endpoints.filter(({ operation }) => HOT.has(operation.id))),
    app: expressApp({
      endpoints,
      openApi: JSON.stringify(openApiDocument(VERSION, { issuer: config.issuer })),
      issuer: config.issuer,
      log,
    }),
    requestTimeoutMs: config.requestTimeoutMs,
  });

  let state: 'starting' | 'serving' | 'draining' = 'starting';
  const health = await startHealthServer({
    host: config.host,
    port: config.metricsPort,
    health: { notReady: () => (state === 'serving' ? undefined : state) },
    metrics: metrics.registry,
  });
  const port = await server.listen(config.port, config.host);
  state = 'serving';
  log.info({ port, 'tenantry.door': pipeline.door }, 'api is serving');

  return {
    port,
    metricsPort: health.port,
    stop: async () => {
      state = 'draining';
      log.info('draining');
      server.retire();
      // Until every load balancer has seen that we are not ready, new requests still come and are still answered.
      await new Promise((resolve) => setTimeout(resolve, config.drainDelayMs));
      await server.drain();
      await shared.stop();
      await identity.stop();
      await registry.stop();
      await door.close();
      await modelDoor.close();
      await transfers.queue?.close().catch(() => {});
      transfers.objects?.close();
      health.close();
      log.info('drained');
    },
  };
}

function openDoor(config: ApiConfig, name: string, metrics: Metrics, changes: RowChanges) {
  const flights = { read: metrics.flightSeconds.labels('read'), write: metrics.flightSeconds.labels('write') };
  const options = {
    connect: () => new Connection(clientConfig(config.rows, name), config.namedStatements),
    connections: config.connections,
    connectionsPerTenant: config.connectionsPerTenant,
    onFlight: (kind: 'read' | 'write', seconds: number) => flights[kind].observe(seconds),
    changes,
  };
  return config.tenantId === undefined ? pooledDoor(options) : dedicatedDoor(options, config.tenantId);
}
