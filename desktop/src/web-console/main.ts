import { createServer } from 'node:http';
import { join } from 'node:path';
import { DesktopLog } from '../main/desktop-log.ts';
import { answerConsole } from './answer-console.ts';
import { readConsoleConfig } from './console-config.ts';
import { requestListener } from './node-server.ts';

/** Before a balancer has noticed that this one goes, and the longest call it waits for. */
const DRAIN_LIMIT_MS = 10_000;

const { host, port, apiUrl, settings } = readConsoleConfig(process.env);
const log = new DesktopLog({ write: (line) => console.log(JSON.stringify(line)) });
const answer = answerConsole({
  folder: join(import.meta.dirname, 'page'),
  settings,
  apiUrl,
  fetch: (url, init) => fetch(url, init),
  log,
});
// An upload takes as long as its sender; the api behind has its own clock for those that stall.
const server = createServer({ requestTimeout: 0 }, requestListener(answer));
server.listen(port, host, () => log.info('listening', { host, port, api: apiUrl }));

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    log.info('ending');
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    // Live streams do not end by themselves; their pages open them anew elsewhere.
    setTimeout(() => server.closeAllConnections(), DRAIN_LIMIT_MS).unref();
  });
