import { appendFile, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverCommand } from '../src/postgres/postgres-server.ts';
import { type PostgresAccess, withPostgres } from '../src/postgres/prepare-postgres.ts';
import { retryUntil } from '../src/retry-until.ts';
import { freePort } from './free-port.ts';
import type { PrivatePostgres } from './private-postgres.ts';
import { type PrivatePostgresServer, privatePostgresServer } from './private-postgres-server.ts';

/** A streaming replica of a {@link PrivatePostgres}. */
export interface PrivateReplica extends PrivatePostgresServer, AsyncDisposable {
  readonly access: PostgresAccess;
  /** It goes on receiving and shows nothing newer until {@link resume}. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Asks it as the administrator; the rows. */
  readonly query: (sql: string) => Promise<Record<string, unknown>[]>;
}

/** Of the data: what belongs to the running primary, and what is written anew at every start. */
const NOT_COPIED = /^(postmaster\.(pid|opts)|pg_internal\.init.*|pgsql_tmp.*)$/;
/** Their content is the primary's own, or streamed. Source: pg_basebackup's list. */
const LEFT_EMPTY = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_subtrans',
  'pg_stat_tmp',
  'pg_dynshmem',
]);

/**
 * Copies the running primary by PostgreSQL's own protocol for that (its npm package has no pg_basebackup) and follows it.
 * Takes about a second for an empty cluster.
 */
export async function privateReplica(primary: PrivatePostgres): Promise<PrivateReplica> {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-replica-'));
  const data = join(folder, 'data');
  await withPostgres(primary.access, 'postgres', async (client) => {
    // It must find what it missed while it was stopped.
    await client.query(`alter system set wal_keep_size = '512MB'`);
    await client.query('select pg_reload_conf()');
    await client.query(`select pg_backup_start('replica', true)`);
    await copyLive(primary.place.data, data);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    await writeFile(join(data, 'backup_label'), rows[0]?.labelfile ?? '');
  });
  const { host, port, user, password } = primary.access;
  const conninfo = `host=${host} port=${port} user=${user} password=${password} sslmode=require`;
  await appendFile(join(data, 'postgresql.auto.conf'), `\nprimary_conninfo = '${conninfo}'\n`);
  await writeFile(join(data, 'standby.signal'), '');
  const access = { ...primary.access, port: await freePort() };
  const command = await serverCommand({ ...primary.place, folder: data, addresses: [host], port: access.port });
  const server = privatePostgresServer(command, join(folder, 'postgres.log'), access);
  const dispose = async (): Promise<void> => {
    await server.end('immediate');
    await rm(folder, { recursive: true, force: true });
  };
  const query = async (sql: string): Promise<Record<string, unknown>[]> =>
    await withPostgres(access, 'postgres', async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
  /** Before it streams it may be up to date by chance, and behind for seconds after the next write. */
  const start = async (): Promise<void> => {
    await server.start();
    await retryUntil('the private replica does not stream', 60_000, async () => {
      if ((await query(`select 1 from pg_stat_wal_receiver where status = 'streaming'`)).length === 0) throw new Error('not yet');
    });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    ...server,
    start,
    access,
    query,
    pause: async () => void (await query('select pg_wal_replay_pause()')),
    resume: async () => void (await query('select pg_wal_replay_resume()')),
    [Symbol.asyncDispose]: dispose,
  };
}

/** A folder somebody works in: what is removed meanwhile is in the log that is streamed. */
async function copyLive(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (NOT_COPIED.test(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (LEFT_EMPTY.has(entry.name)) await mkdir(target);
    else if (entry.isDirectory()) await copyLive(source, target);
    else await copyFile(source, target).catch(unlessRemoved);
  }
}

function unlessRemoved(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
