import pg from 'pg';
import type { Log } from '../telemetry/log.ts';

/** Any number, the same in every relay; the lock is per database, so cells do not meet. */
const LOCK = 7_368_301;
const TRY_EVERY_MS = 1000;

interface LeaderOptions {
  readonly connection: pg.ClientConfig;
  readonly log: Log;
  readonly onChange: (isLeader: boolean) => void;
}

/**
 * Runs `work` while this process holds a session's advisory lock, again and again until `signal` is aborted. The lock lives and dies with the
 * connection `work` is given, so a process that lost it cannot go on by mistake.
 */
export async function whileLeader(options: LeaderOptions, signal: AbortSignal, work: (client: pg.Client) => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    const client = new pg.Client(options.connection);
    client.on('error', () => {});
    try {
      await client.connect();
      await acquire(client, signal);
      if (signal.aborted) break;
      options.onChange(true);
      await work(client);
    } catch (error) {
      if (!signal.aborted) options.log.warn({ err: error }, 'the relay lost its connection or lock; trying again');
    } finally {
      options.onChange(false);
      await client.end().catch(() => {});
    }
    if (!signal.aborted) await pause(TRY_EVERY_MS, signal);
  }
}

async function acquire(client: pg.Client, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [LOCK]);
    if (rows[0]?.held) return;
    await pause(TRY_EVERY_MS, signal);
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
