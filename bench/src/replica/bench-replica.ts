import { stackPaths } from '@tenantry/stack/paths.ts';
import { type ReplicaWorld, replicaWorld } from '@tenantry/tenant-service/testing/replica-world.ts';
import type { TestTenant } from '@tenantry/tenant-service/testing/service-world.ts';
import type { Bench } from '../bench-contract.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { Work } from '../load/order.ts';
import { customerBody } from '../load/requests.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';

const CUSTOMERS = 20_000;
const SEGMENTS = 50;
/** To each create. Writes keep the replica from being up to date by itself. */
const READS = 19;

const READ: Readonly<Record<string, { readonly path: string; readonly count: number; readonly bar: number }>> = {
  'newest page of 50': { path: '/v1/customers?limit=50', count: 3000, bar: 0.8 },
  'page of 50 of one segment, by name': { path: '/v1/customers?limit=50&sort=name&filter%5Bsegment%5D=s7', count: 1000, bar: 0.4 },
  'exact count of one segment': { path: '/v1/customers?limit=1&count=exact&filter%5Bsegment%5D=s7', count: 1000, bar: 0.4 },
  search: { path: '/v1/customers?search=c4ca42', count: 1500, bar: 0.6 },
};

/** What a read replica takes off the primary: the primary's CPU-ms a request, with one and without. Both servers and the api are the bench's own. */
export const benchReplica: Bench = async ({ short, rounds, despiteLoad, say, signal }) => {
  await startParts(['postgres'], say);
  await using cell = await replicaWorld();
  const tenant = await cell.world.addTenant('bench');
  await fill(cell, tenant);
  const [with_, without] = [await cell.startApi(), await cell.world.startApi()];
  const headers = { authorization: `Bearer ${await cell.world.token(tenant)}` };
  const load = new LoadProcess();
  const pidsFolder = stackPaths().pids;
  const [primary = 0, replica = 0] = [cell.primary.pid(), cell.replica.pid()];
  let sent = 0;
  const turnOf = (port: number, path: string, full: number) => async (): Promise<Turn> => {
    const count = short ? full / 5 : full;
    const page = { method: 'GET', path, headers } as const;
    const templates = [
      ...Array<typeof page>(READS).fill(page),
      { method: 'POST' as const, path: '/v1/customers', headers, body: customerBody('r') },
    ];
    const work: Work = { templates, first: sent };
    sent += count;
    const { result, observed } = await observe(
      { watched: { primary: [primary], replica: [replica] }, alsoOurs: [process.pid, load.pid], pidsFolder },
      () => load.run({ ports: [port], connections: 8, accept: [200, 201], count, work }),
    );
    const cpuMs = Object.fromEntries(Object.entries(observed.cpuMs).map(([name, ms]) => [name, ms / count]));
    const notes = { 'p50 ms': result.p50Ms, 'p99 ms': result.p99Ms };
    return { value: cpuMs.primary ?? 0, cpuMs, disturbance: observed.disturbance, complaint: observed.complaint, notes };
  };
  try {
    const rows: Row[] = [];
    for (const [what, { path, count, bar }] of Object.entries(READ)) {
      const [ours, reference] = [turnOf(with_.port, path, count), turnOf(without.port, path, count)];
      await ours();
      await reference();
      const done = await holdContest({
        rounds,
        despiteLoad,
        say,
        signal,
        calm: () => awaitCalm({ watched: {}, alsoOurs: [process.pid, primary, replica], pidsFolder }),
        ours,
        reference,
      });
      rows.push(
        rowOf(
          `${what}: primary’s CPU with a replica ÷ without`,
          'ms',
          { kind: 'at-most', ratio: short ? Number((bar * 1.5).toFixed(1)) : bar },
          done,
        ),
      );
    }
    return { rows, versions: { node: process.versions.node } };
  } finally {
    load.close();
  }
};

async function fill({ world }: ReplicaWorld, { schema }: TestTenant): Promise<void> {
  await world.admin.query(
    `insert into ${schema}.customers (id, name, email, status, segment, version, created_at, updated_at)
     select uuidv7(), 'Customer ' || md5(n::text), n || '@example.org', 'active', 's' || n % ${SEGMENTS}, 1, now(), now()
     from generate_series(1, ${CUSTOMERS}) n`,
  );
  await world.admin.query(`vacuum analyze ${schema}.customers`);
}
