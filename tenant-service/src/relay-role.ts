import type { RunningRole } from './api-role.ts';
import type { RelayConfig } from './config.ts';
import { failpoint } from './failpoint.ts';
import { kafkajsEventStream } from './kafka/kafkajs-event-stream.ts';
import { clientConfig } from './postgres/connection.ts';
import { whileLeader } from './relay/leader.ts';
import { Relay } from './relay/relay.ts';
import { startHealthServer } from './telemetry/health-server.ts';
import type { Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** Composition root of the relay. A second replica waits for the lock and is ready all the same. */
export async function startRelay(config: RelayConfig, log: Log, metrics: Metrics): Promise<RunningRole> {
  const stop = new AbortController();
  const stream = await kafkajsEventStream(config.kafka, log);
  const relay = new Relay({ stream, poll: config.poll, metrics, log, failpoint: failpoint(config.crashAfter) });
  const health = await startHealthServer({
    host: config.host,
    port: config.metricsPort,
    health: { notReady: () => (stop.signal.aborted ? 'draining' : undefined) },
    metrics: metrics.registry,
  });
  const running = whileLeader(
    {
      connection: clientConfig(config.postgres, 'tenantry-relay'),
      log,
      onChange: (isLeader) => {
        metrics.relayLeader.set(isLeader ? 1 : 0);
        if (isLeader) log.info('this process publishes the outbox');
      },
    },
    stop.signal,
    (client) => relay.run(client, stop.signal),
  );
  log.info('relay is running');
  return {
    port: 0,
    metricsPort: health.port,
    stop: async () => {
      // The claim under way is finished: published and deleted.
      stop.abort();
      await running;
      await stream.close();
      health.close();
    },
  };
}
