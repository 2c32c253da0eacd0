import { ConfigError, readConfig } from './config.ts';
import type { Config } from './role-config.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';

/** One image, many roles (design D10): TENANTRY_ROLE says which. Ends with 78 for a wrong configuration, 1 when it cannot start. */
async function main(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel, `tenantry-${config.role}`);
  const metrics = createMetrics();
  const words = process.argv.slice(2);
  if (config.role === 'projector' && words.length > 0) {
    const code = await (await import('./projector-commands.ts')).runProjectorCommand(config, words, log, metrics);
    return log.flush(() => process.exit(code));
  }
  const role = await start(config, log, metrics);

  // The log is written in the background: without this its last lines, which say why, would die with the process.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'unexpected end');
    log.flush(() => process.exit(1));
  });
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    role.stop().then(
      () => log.flush(() => process.exit(0)),
      (error: unknown) => {
        log.fatal({ err: error }, 'could not stop in order');
        log.flush(() => process.exit(1));
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Each role is loaded by its own process only: what the others need never comes into its memory. */
async function start(config: Config, log: Log, metrics: Metrics): Promise<{ stop: () => Promise<void> }> {
  switch (config.role) {
    case 'api':
      return (await import('./api-role.ts')).startApi(config, log, metrics);
    case 'webhook-sender':
      return (await import('./webhook-sender-role.ts')).startWebhookSender(config, log, metrics);
    case 'relay':
      return (await import('./relay-role.ts')).startRelay(config, log, metrics);
    case 'projector':
      return (await import('./projector-role.ts')).startProjector(config, log, metrics);
    case 'job-worker':
      return (await import('./job-worker-role.ts')).startJobWorker(config, log, metrics);
  }
}

main().catch((error: unknown) => {
  // The log may not exist yet, and must not be buffered here.
  process.stderr.write(`${error instanceof ConfigError ? error.message : String((error as Error)?.stack ?? error)}\n`);
  process.exit(error instanceof ConfigError ? 78 : 1);
});
