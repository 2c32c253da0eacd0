import pg from 'pg';
import type { Log } from '../telemetry/log.ts';

const TRY_EVERY_MS = 1000;

/** Runs `work` on a connection of its own, and with a new one whenever that breaks, until `signal` is aborted. */
export async function whileConnected(
  options: { readonly connection: pg.ClientConfig; readonly log: Log },
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const client = new pg.Client(options.connection);
    client.on('error', () => {});
    try {
      await client.connect();
      await work(client);
    } catch (error) {
      if (!signal.aborted) options.log.warn({ err: error }, 'the relay lost its connection or lock; trying again');
    } finally {
      await client.end().catch(() => {});
    }
    if (!signal.aborted) await pause(TRY_EVERY_MS, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
