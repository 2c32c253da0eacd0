import type { RunningRole } from './api-role.ts';
import { failpoint } from './failpoint.ts';
import { openEventStream } from './kafka/open-event-stream.ts';
import { clientConfig } from './postgres/connection.ts';
import { NodeRedis } from './redis/node-redis.ts';
import { hearWrites } from './relay/outbox-news.ts';
import { Relay } from './relay/relay.ts';
import { whileConnected } from './relay/while-connected.ts';
import type { RelayConfig } from './role-config.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Above the longest that a publication takes with all its attempts. */
const IDLE_SESSION_MS = 90_000;

/** Composition root of the relay. Replicas share the shards of the outbox. */
export async function startRelay(config: RelayConfig, log: Log, metrics: Metrics): Promise<RunningRole> {
  const stop = new AbortController();
  const stream = await openEventStream(config, log);
  const relay = new Relay({ stream, poll: config.poll, metrics, log, failpoint: failpoint(config.crashAfter) });
  const news = config.redis && new NodeRedis(config.redis, 'tenantry-relay', log);
  if (news) hearWrites(news, () => relay.hint());
  const health = await startHealthServer({
    host: config.host,
    port: config.metricsPort,
    health: { notReady: () => (stop.signal.aborted ? 'draining' : undefined) },
    metrics: metrics.registry,
  });
  // A relay that is frozen gives its shards back when the server ends its session: it asks for something every 250 ms otherwise.
  // Its only writes are deletions of what the broker has: what a crash of PostgreSQL brings back is published again, which readers expect. So none waits for the disk.
  const options = `-c idle_session_timeout=${IDLE_SESSION_MS} -c synchronous_commit=off`;
  const connection = { ...clientConfig(config.postgres, 'tenantry-relay'), options };
  const running = whileConnected({ connection, log }, stop.signal, (client) => relay.run(client, stop.signal));
  log.info('relay is running');
  return {
    port: 0,
    metricsPort: health.port,
    stop: async () => {
      // The claim under way is finished: published and deleted.
      stop.abort();
      await running;
      await stream.close();
      await news?.close();
      health.close();
    },
  };
}
