import { ConfigError, readConfig } from './config.ts';
import { runOperator } from './operator.ts';
import { createLog } from './telemetry/log.ts';

/** How a wrong configuration ends the process (sysexits.h EX_CONFIG). */
const BAD_CONFIG = 78;

const config = readConfigOrExit();
const log = createLog(config.logLevel);
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    log.info({ signal }, 'Stopping');
    stop.abort();
  });

try {
  // Its own part of the program: an operator that restores nothing does not load it.
  if (process.argv[2] === 'restore')
    process.exit(await (await import('./restore-command.ts')).runRestore(config, process.argv.slice(3), stop.signal));
  await runOperator(config, log, stop.signal);
  log.info('Stopped');
  process.exit(0);
} catch (error) {
  log.fatal({ err: error }, 'The operator cannot go on');
  process.exit(1);
}

function readConfigOrExit() {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`The operator’s configuration is wrong:\n${error.message.replace(/^/gm, '  ')}\n`);
    process.exit(BAD_CONFIG);
  }
}
