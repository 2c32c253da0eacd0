import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { oursOf } from '../api/api-bench.ts';
import { type ApiTenant, type ApiWorld, apiWorld } from '../api/api-world.ts';
import { type TurnParts, turnOf } from '../api/contender.ts';
import type { Bench } from '../bench-contract.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { Work } from '../load/order.ts';
import { ID } from '../load/requests.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import { awaitCalm } from '../measure/watcher.ts';
import { rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';

/** Customers of every tenant, under the same ids: one list of ids serves all. Many, so that memory answers few of the requests. */
const COUNTS = { full: { tenants: 5000, customers: 200, read: 10_000 }, short: { tenants: 100, customers: 200, read: 2500 } };
/** The peak we promise, as an open loop: how long a request takes, not how well many of one tenant are answered together. */
const RATE = 500;
/** Sixteen for each worker: a backend then keeps the catalogs of an eighth of the tenants (M12). */
const CONNECTIONS = 16;
const PRIVATE_LIMIT_MB = 96;

/** GET by id spread over thousands of schemas ÷ the same over one, while a tenant is made or suspended every second. */
export const benchSchemas: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'redis'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const counts = short ? COUNTS.short : COUNTS.full;
  try {
    say(`making ${counts.tenants} tenants`);
    const world = await apiWorld({ root, folder, profileFolder, tenants: counts.tenants, workers: 2, connections: CONNECTIONS, say });
    undo.push(world.remove);
    const load = new LoadProcess();
    undo.push(() => load.close());
    const parts: TurnParts = { load, pidsFolder: stackPaths().pids };
    const idsFile = join(folder, 'ids');
    writeFileSync(idsFile, (await fill(world, counts.customers)).join('\n'));
    const work = (tenants: readonly ApiTenant[]) => async (): Promise<Work> => ({
      templates: await Promise.all(
        tenants.map(async (tenant) => ({ method: 'GET' as const, path: `/v1/customers/${ID}`, headers: await tenant.authorization() })),
      ),
      first: 0,
      idsFile,
    });
    const read = async (tenants: readonly ApiTenant[]): Promise<Turn> => {
      const turn = await whileTenantsCome(world, () => turnOf(parts, oursOf(world), work(tenants), counts.read, [200], RATE));
      // Compared by the time half of the requests stay under.
      return { ...turn, value: turn.notes?.['p50 ms'] ?? 0, notes: { ...turn.notes, 'private MB a backend': await privateMb(world) } };
    };
    const calm = () => awaitCalm({ watched: {}, alsoOurs: [process.pid, world.postgresPid], pidsFolder: parts.pidsFolder });
    const done = await holdContest({
      ...{ rounds, despiteLoad, say, signal, calm },
      ours: () => read(world.tenants),
      reference: () => read([world.tenants[0]]),
    });
    const bar = { kind: 'at-most', ratio: short ? 2.8 : 1.4 } as const;
    const row = rowOf(`GET p50, ${counts.tenants} schemas ÷ one (private ≤ ${PRIVATE_LIMIT_MB} MB a backend)`, 'ms', bar, done);
    const isTooMuch = (row.notes['private MB a backend'] ?? 0) > PRIVATE_LIMIT_MB;
    return { rows: [isTooMuch ? { ...row, verdict: 'missed' } : row], versions: { node: process.versions.node } };
  } finally {
    for (const step of undo.reverse())
      try {
        await step();
      } catch (error) {
        say(`clean-up: ${String(error)}`);
      }
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
async function fill({ admin, tenants }: ApiWorld, customers: number): Promise<string[]> {
  const { rows } = await admin.query<{ id: string }>('select uuidv7()::text as id from generate_series(1, $1::int)', [customers]);
  const ids = rows.map(({ id }) => id);
  for (const { schema } of tenants) {
    await admin.query(
      `insert into ${schema}.customers (id, name, email, status, version, created_at, updated_at)
       select id, 'Grace Hopper ' || n, 'grace.' || n || '@filled.example.org', 'active', 1, now(), now()
       from unnest($1::uuid[]) with ordinality as given (id, n)`,
      [ids],
    );
  }
  return ids;
}

/** Most private memory any backend of the api has. */
async function privateMb({ admin }: ApiWorld): Promise<number> {
  const { rows } = await admin.query<{ pid: number }>(
    `select pid from pg_stat_activity where usename like 'tenantry_api@%' and datname = current_database()`,
  );
  const kilobytes = rows.map(({ pid }) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)].reduce((sum, [, kB]) => sum + Number(kB), 0);
  });
  return Math.max(0, ...kilobytes) / 1024;
}
