import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackPaths } from '@tenantry/stack/paths.ts';
import type pg from 'pg';
import { oursOf } from '../api/api-bench.ts';
import { type ApiTenant, type ApiWorld, apiWorld } from '../api/api-world.ts';
import { CONNECTIONS as CLIENT_CONNECTIONS, type TurnParts, turnOf } from '../api/contender.ts';
import { inLanes } from '../api/in-lanes.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { Work } from '../load/order.ts';
import { ID } from '../load/requests.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import { awaitCalm } from '../measure/watcher.ts';
import { rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';

/**
 * Customers of every tenant, under the same ids: one list of ids serves all. The tenant that is read alone has `alone` more, so many that memory, which
 * keeps a row for two seconds, answers as few of its requests as of the others': with 200 it had 0.7 of them there, and of 5,000 tenants none.
 */
const COUNTS = {
  full: { tenants: 5000, customers: 200, alone: 100_000, read: 7500 },
  short: { tenants: 100, customers: 200, alone: 20_000, read: 2500 },
};
/** The peak we promise, as an open loop: how long a request takes, not how well many of one tenant are answered together. */
const RATE = 500;
/**
 * One for each shard in each worker, and one a tenant: a backend then keeps the catalogs of a tenth of the tenants (M12), 120 KB of each, and
 * reads a tenth of the memberships when they change. Twice as many with two a tenant keep as much each, and hear of every new table twice as often.
 */
const CONNECTIONS = { connections: 10, connectionsPerTenant: 1 };
const PRIVATE_LIMIT_MB = 96;
/** Requests a tenant before anything is measured: it has a place at each of two workers. */
const WARM_UP = 8;

/** GET by id spread over thousands of schemas ÷ the same over one, while a tenant is made or suspended every second. */
export const benchSchemas: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'redis'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const counts = short ? COUNTS.short : COUNTS.full;
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 1000);
  try {
    say(`making ${counts.tenants} tenants`);
    const world = await apiWorld({ root, folder, profileFolder, tenants: counts.tenants, workers: 2, ...CONNECTIONS, say });
    cleanUp.add(world.remove);
    const load = new LoadProcess();
    cleanUp.add(() => load.close());
    const parts: TurnParts = { load, pidsFolder: stackPaths().pids };
    const idsOfAll = join(folder, 'ids');
    writeFileSync(idsOfAll, (await fillAll(world, counts.customers)).join('\n'));
    const idsOfOne = join(folder, 'ids-of-one');
    writeFileSync(idsOfOne, (await fillOne(world, counts.alone)).join('\n'));
    await world.admin.query('checkpoint');
    say(`they are there after ${seconds()} s`);
    const work = (tenants: readonly ApiTenant[], idsFile: string) => async (): Promise<Work> => ({
      templates: await Promise.all(
        tenants.map(async (tenant) => ({ method: 'GET' as const, path: `/v1/customers/${ID}`, headers: await tenant.authorization() })),
      ),
      first: 0,
      idsFile,
    });
    const read = async (tenants: readonly ApiTenant[], idsFile: string): Promise<Turn> => {
      const turn = await whileTenantsCome(world, () => turnOf(parts, oursOf(world), work(tenants, idsFile), counts.read, [200], RATE));
      // Compared by the time half of the requests stay under.
      return { ...turn, value: turn.notes?.['p50 ms'] ?? 0, notes: { ...turn.notes, 'private MB a backend': await privateMb(world) } };
    };
    // Whoever has been up for a while has served every tenant from each of its places: a few requests of each, in no order.
    const warmUp = counts.tenants * WARM_UP;
    const { ports } = oursOf(world);
    await load.run({ ports, connections: CLIENT_CONNECTIONS, accept: [200], work: await work(world.tenants, idsOfAll)(), count: warmUp });
    say(`warm after ${seconds()} s`);
    const calm = () => awaitCalm({ watched: {}, alsoOurs: [process.pid, world.postgresPid], pidsFolder: parts.pidsFolder });
    // The first turn after so much was made still meets its checkpoints and cold pages.
    await read(world.tenants, idsOfAll);
    const done = await holdContest({
      ...{ rounds, despiteLoad, say, signal, calm },
      ours: () => read(world.tenants, idsOfAll),
      reference: () => read([world.tenants[0]], idsOfOne),
    });
    const bar = { kind: 'at-most', ratio: short ? 2.8 : 1.4 } as const;
    const row = rowOf(`GET p50, ${counts.tenants} schemas ÷ one (private ≤ ${PRIVATE_LIMIT_MB} MB a backend)`, 'ms', bar, done);
    const isTooMuch = (row.notes['private MB a backend'] ?? 0) > PRIVATE_LIMIT_MB;
    return { rows: [isTooMuch ? { ...row, verdict: 'missed' } : row], versions: { node: process.versions.node } };
  } finally {
    await cleanUp.run();
  }
};

/** Runs `work` while every second a tenant is made, and every other second one is suspended or resumed. */
async function whileTenantsCome<T>(world: ApiWorld, work: () => Promise<T>): Promise<T> {
  let made: string | undefined;
  let busy: Promise<unknown> = Promise.resolve();
  let second = 0;
  const clock = setInterval(() => {
    second += 1;
    busy = busy.then(async () => {
      if (second % 2 === 1 || made === undefined) made = await world.provision();
      else await world.operator.query(`update tenantry.tenants set state = 'Suspended' where tenant_id = $1`, [made]);
    });
  }, 1000);
  try {
    return await work();
  } finally {
    clearInterval(clock);
    await busy;
  }
}

/** The same customers in every schema. Gives their ids. */
async function fillAll({ admin, connectAsAdmin, tenants }: ApiWorld, customers: number): Promise<string[]> {
  const ids = await newIds(admin, customers);
  await inLanes(tenants.length, connectAsAdmin, (client, number) => fill(client, tenants[number] as ApiTenant, ids));
  return ids;
}

/** More customers in the first schema. Gives their ids. */
async function fillOne({ admin, tenants }: ApiWorld, customers: number): Promise<string[]> {
  const ids = await newIds(admin, customers);
  await fill(admin, tenants[0], ids);
  return ids;
}

async function newIds(admin: pg.Client, count: number): Promise<string[]> {
  const { rows } = await admin.query<{ id: string }>('select uuidv7()::text as id from generate_series(1, $1::int)', [count]);
  return rows.map(({ id }) => id);
}

async function fill(client: pg.Client, { schema }: ApiTenant, ids: readonly string[]): Promise<void> {
  await client.query(
    `insert into ${schema}.customers (id, name, email, status, version, created_at, updated_at)
     select id, 'Grace Hopper ' || n, 'grace.' || id || '@filled.example.org', 'active', 1, now(), now()
     from unnest($1::uuid[]) with ordinality as given (id, n)`,
    [ids],
  );
  // Or autovacuum does it for all of them while they are measured.
  await client.query(`analyze ${schema}.customers`);
}

/** Most private memory any backend of the api has. */
async function privateMb({ admin }: ApiWorld): Promise<number> {
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where usename like 'tenantry_api%@%' and datname = current_database()`,
  );
  const kilobytes = rows.map(({ pid }) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)].reduce((sum, [, kB]) => sum + Number(kB), 0);
  });
  return Math.max(0, ...kilobytes) / 1024;
}
