import { PROJECTOR_GROUPS } from '@tenantry/contracts';
import type { RunningRole } from './api-role.ts';
import { openDocuments } from './documents/open-documents.ts';
import { EventLogWriter } from './event-log/event-log-writer.ts';
import { sayNewEvents } from './event-log/event-news.ts';
import { failpoint } from './failpoint.ts';
import { KafkajsEventSource } from './kafka/kafkajs-event-source.ts';
import { Connection, clientConfig } from './postgres/connection.ts';
import { DeadEvents } from './projector/dead-events.ts';
import { FollowedTopics } from './projector/followed-topics.ts';
import { Projector } from './projector/projector.ts';
import { NodeRedis } from './redis/node-redis.ts';
import type { ProjectorConfig } from './role-config.ts';
import { RollUpWork } from './rollups/roll-up-work.ts';
import { RollUps } from './rollups/roll-ups.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { pooledDoor } from './tenancy/doors.ts';
import { TenantRegistry } from './tenancy/registry.ts';
import { routeEvents } from './webhooks/route-events.ts';

const ROLL_UP_CONNECTIONS = 2;

/**
 * Composition root of the projector. Any number of processes: they share the partitions. Enters tenants as the pooled api does, with a login of
 * its own that a suspended tenant does not close. @throws when the registry cannot be read the first time; Kafka and Redis may come later.
 */
export async function startProjector(config: ProjectorConfig, log: Log, metrics: Metrics): Promise<RunningRole> {
  const name = 'tenantry-projector';
  const flights = { read: metrics.flightSeconds.labels('read'), write: metrics.flightSeconds.labels('write') };
  const door = pooledDoor({
    connect: () => new Connection(clientConfig(config.rows, name), config.namedStatements),
    connections: config.connections,
    connectionsPerTenant: config.connectionsPerTenant,
    onFlight: (kind, seconds) => flights[kind].observe(seconds),
  });
  // Connections of their own: who counts holds up nobody who appends.
  const rollUpDoor = pooledDoor({
    connect: () => new Connection(clientConfig(config.rows, `${name}/roll-ups`), config.namedStatements),
    connections: ROLL_UP_CONNECTIONS,
    connectionsPerTenant: 1,
  });
  const news = config.redis && new NodeRedis(config.redis, name, log);
  const topics = new FollowedTopics();
  let source: KafkajsEventSource | undefined;
  const registry = new TenantRegistry({
    connection: clientConfig(config.registry, `${name}/registry`),
    log,
    onChange: ({ tenants, connected }) => {
      metrics.registryTenants.set(tenants);
      metrics.registryConnected.set(connected ? 1 : 0);
      source?.follow(topics.of(registry.all(), Date.now()));
    },
  });
  await registry.start();

  const crash = failpoint(config.crashAfter);
  const rollUps = new RollUpWork({ rollUps: new RollUps(rollUpDoor), tenants: () => registry.all(), metrics, log, failpoint: crash });
  const documents = openDocuments({ config, name, tenants: () => registry.all(), metrics, log, failpoint: crash });
  const projector = new Projector({
    writer: new EventLogWriter(door, [{ statement: routeEvents, values: (events) => [events.map(({ id }) => id)] }]),
    deadEvents: new DeadEvents(clientConfig(config.rows, `${name}/dead-events`)),
    registry,
    onAppended: (tenant, lastSeq) => {
      sayNewEvents(news, tenant, lastSeq);
      rollUps.grown(tenant);
      documents?.grown(tenant);
    },
    metrics,
    log,
    failpoint: crash,
  });
  source = new KafkajsEventSource({
    login: config.kafka,
    groupId: `${PROJECTOR_GROUPS}${config.cell.name}`,
    handle: (batch) => projector.handle(batch),
    // A flight on each connection, and one more being made ready.
    concurrency: config.connections * 2,
    log,
  });
  source.follow(topics.of(registry.all(), Date.now()));

  let isStopping = false;
  const health = await startHealthServer({
    host: config.host,
    port: config.metricsPort,
    health: { notReady: () => (isStopping ? 'draining' : undefined) },
    metrics: metrics.registry,
  });
  log.info('projector is running');
  return {
    port: 0,
    metricsPort: health.port,
    stop: async () => {
      isStopping = true;
      await source.close();
      await rollUps.stop();
      await documents?.stop();
      await registry.stop();
      await rollUpDoor.close();
      await door.close();
      await news?.close();
      health.close();
      log.info('drained');
    },
  };
}
