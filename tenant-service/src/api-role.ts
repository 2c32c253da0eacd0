import tls from 'node:tls';
import { asyncApiDocument, openApiDocument, operations } from '@tenantry/contracts';
import { apiIdentity } from './api-identity.ts';
import { AttributeSchemas } from './attributes/attribute-schemas.ts';
import { MongoDocuments } from './documents/mongo-documents.ts';
import { openEventLogs } from './event-log/open-event-logs.ts';
import { featureHandlers } from './features.ts';
import { Cursors } from './http/cursor.ts';
import { expressApp } from './http/express-app.ts';
import { hotMount } from './http/hot-mount.ts';
import { type Endpoint, endpoint, type Handler } from './http/pipeline.ts';
import { ApiServer } from './http/server.ts';
import { Late } from './late.ts';
import { type ApiLimits, apiLimits } from './limits/api-limits.ts';
import { clientConfig } from './postgres/connection.ts';
import { relayNews } from './relay/outbox-news.ts';
import type { ApiConfig } from './role-config.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { apiConnections } from './tenancy/api-connections.ts';
import { dedicatedDoor, pooledDoor } from './tenancy/doors.ts';
import { lateModelDoor } from './tenancy/late-model-door.ts';
import { openReadReplica } from './tenancy/open-read-replica.ts';
import { TenantRegistry } from './tenancy/registry.ts';
import { doorWithReplica, modelDoorWithReplica, snapshotsWithReplica } from './tenancy/replica-doors.ts';
import { snapshotDoor } from './tenancy/snapshot-door.ts';
import type { Tenant } from './tenancy/tenant.ts';
import { lateTransfers } from './transfer/late-transfers.ts';
import { exportSources, importTargets } from './transfers.ts';
import { secretBox } from './webhooks/secret-box.ts';

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
  const door = openDoor(config, name, metrics, shared);
  const modelDoor = lateModelDoor(config, name, metrics, shared.cache);
  const snapshots = openSnapshots(config, name);
  const replica = openReadReplica({ config, name, log, metrics, open: (rows) => openReplicaDoors({ ...config, rows }, name, metrics) });
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
  const events = openEventLogs({ config, door, registry, tokens: identity.tokens, redis: shared.redis, metrics, log });
  const documents = config.mongo && new MongoDocuments(config.mongo, name, log);
  const transfers = { ...lateTransfers(config, log), importTargets, exportSources };
  const handlers: Readonly<Record<string, unknown>> = featureHandlers({
    door,
    attributeSchemas: new AttributeSchemas(door, log),
    modelDoor,
    heavy: replica
      ? {
          door: doorWithReplica(door, replica),
          modelDoor: new Late(async () => modelDoorWithReplica(await modelDoor.get(), replica)),
        }
      : { door, modelDoor },
    snapshots: replica ? snapshotsWithReplica(snapshots, replica) : snapshots,
    transfers,
    users: identity.users,
    machineClients: identity.machineClients,
    webhooks: config.webhooks && { box: secretBox(config.webhooks.keys), allowedOrigins: config.webhooks.allowedOrigins },
    limits: shared.limits,
    usage: shared.start(door),
    events,
    documents,
    cache: shared.cache,
    cursors: new Cursors(config.cursorKeys),
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
      asyncApi: JSON.stringify(asyncApiDocument(VERSION)),
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
      events.close();
      await server.drain();
      await shared.stop();
      await identity.stop();
      await registry.stop();
      await replica?.stop();
      await documents?.close();
      await door.close();
      await modelDoor.ifUsed((opened) => opened.close());
      await transfers.queue?.close().catch(() => {});
      transfers.objects?.close();
      health.close();
      log.info('drained');
    },
  };
}

function openDoor(config: ApiConfig, name: string, metrics: Metrics, { cache, redis }: Partial<Pick<ApiLimits, 'cache' | 'redis'>> = {}) {
  const tell = relayNews(redis);
  const flights = { read: metrics.flightSeconds.labels('read'), write: metrics.flightSeconds.labels('write') };
  const options = {
    ...apiConnections(config, name),
    connections: config.connections,
    connectionsPerTenant: config.connectionsPerTenant,
    onFlight: (kind: 'read' | 'write', seconds: number, tenant: Tenant) => {
      flights[kind].observe(seconds);
      if (kind === 'write') tell(tenant);
    },
    changes: cache,
  };
  return config.tenantId === undefined ? pooledDoor(options) : dedicatedDoor(options, config.tenantId);
}

function openSnapshots({ rows, tenantId }: ApiConfig, name: string) {
  return snapshotDoor(clientConfig(rows, `${name}/export`), { dedicatedTenantId: tenantId });
}

/** The three doors to the replica; `config` has its login. */
function openReplicaDoors(config: ApiConfig, name: string, metrics: Metrics) {
  const door = openDoor(config, name, metrics);
  const modelDoor = lateModelDoor(config, name, metrics);
  const close = async () => {
    await Promise.all([door.close(), modelDoor.ifUsed((opened) => opened.close())]);
  };
  return { doors: { door, modelDoor, snapshots: openSnapshots(config, name) }, close };
}
