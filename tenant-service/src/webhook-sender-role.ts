import tls from 'node:tls';
import type { RunningRole } from './api-role.ts';
import { failpoint } from './failpoint.ts';
import { Connection, clientConfig } from './postgres/connection.ts';
import { isAway } from './postgres/sql-errors.ts';
import { webhookQueue } from './rabbitmq/webhook-queue.ts';
import type { WebhookSenderConfig } from './role-config.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { pooledDoor } from './tenancy/doors.ts';
import { TenantRegistry } from './tenancy/registry.ts';
import { EndpointBreakers } from './webhooks/endpoint-breakers.ts';
import { guardedAgent } from './webhooks/guarded-agent.ts';
import { RETRY_LADDER_MS } from './webhooks/retry-ladder.ts';
import { secretBox } from './webhooks/secret-box.ts';
import { dispatchWebhooks } from './webhooks/webhook-dispatcher.ts';
import { WebhookSender } from './webhooks/webhook-sender.ts';

/** Attempts at once in one process: each is mostly waiting for somebody else's server. */
const ATTEMPTS_AT_ONCE = 256;
/** Deliveries at once in its hands, a few kilobytes each: those that are taken and wait, and those that are written down, are no attempts. */
const IN_HANDS = 1024;
const CONNECT_MS = 5000;
/** How often what is due is looked at: while there is some, and at rest. */
const POLL = { minMs: 10, maxMs: 250 };
const BREAKER_RESET_MS = 30_000;
/** Of nothing but failures, until an endpoint is switched off: the ladder is four days long. */
const FAILING_MS = 5 * 86_400_000;

/**
 * Composition root of the webhook sender: what is due → RabbitMQ → the tenants' receivers. Any number of processes may run. @throws when the
 * registry cannot be read the first time; RabbitMQ may come later.
 */
export async function startWebhookSender(config: WebhookSenderConfig, log: Log, metrics: Metrics): Promise<RunningRole> {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), config.ca]);
  const name = 'tenantry-webhook-sender';
  const door = pooledDoor({
    connect: () => new Connection(clientConfig(config.rows, name), config.namedStatements),
    connections: config.connections,
    connectionsPerTenant: config.connectionsPerTenant,
    onFlight: (kind, seconds) => metrics.flightSeconds.labels(kind).observe(seconds),
    // A delivery is taken, sent with the same `webhook-id` and recorded once more, as after a crash of the sender. What tells others waits (`disableEndpoint`).
    leavesTheDiskBehind: true,
  });
  const registry = new TenantRegistry({ connection: clientConfig(config.registry, `${name}/registry`), log });
  await registry.start();

  const { allowedOrigins, timeoutMs, leaseMs } = config.webhooks;
  const agent = guardedAgent({ allowedOrigins, connectMs: Math.min(CONNECT_MS, timeoutMs) });
  const breakers = new EndpointBreakers(BREAKER_RESET_MS);
  const sender = new WebhookSender({
    door,
    tenantOf: (tenantId) => registry.byId(tenantId),
    box: secretBox(config.webhooks.keys),
    agent,
    allowedOrigins,
    breakers,
    ladder: RETRY_LADDER_MS,
    timeoutMs,
    attemptsAtOnce: ATTEMPTS_AT_ONCE,
    takenMs: timeoutMs + leaseMs,
    failingMs: FAILING_MS,
    log,
    metrics,
    failpoint: failpoint(config.crashAfter),
  });
  const work = (ticket: Parameters<WebhookSender['deliver']>[0]) =>
    sender.deliver(ticket).catch((error: unknown) => {
      // The row is due again when its lease ends.
      if (!isAway(error)) throw error;
      log.warn({ err: error }, 'a delivery met a database that is away');
    });
  const queue = await webhookQueue({ login: config.rabbitmq, cell: config.cell.name, concurrency: IN_HANDS, work, log });
  const stop = new AbortController();
  const dispatching = dispatchWebhooks(
    { connection: clientConfig(config.rows, `${name}/due`), queue, leaseMs, poll: POLL, log, metrics },
    stop.signal,
  );
  const health = await startHealthServer({
    host: config.host,
    port: config.metricsPort,
    health: { notReady: () => (stop.signal.aborted ? 'draining' : undefined) },
    metrics: metrics.registry,
  });
  log.info('webhook sender is running');
  return {
    port: 0,
    metricsPort: health.port,
    stop: async () => {
      stop.abort();
      await dispatching;
      // Attempts under way end and are recorded.
      await queue.close();
      breakers.close();
      await agent.destroy();
      await registry.stop();
      await door.close();
      health.close();
      log.info('drained');
    },
  };
}
