import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { findProcess } from '@tenantry/stack/process.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { LoadProcess } from '../load/load-process.ts';
import type { Work } from '../load/order.ts';
import { customerBody, ID } from '../load/requests.ts';
import { type Contest, holdContest, type Turn } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { type CustomersTenant, makeCustomersTenant } from './customers-tenant.ts';
import { pgbenchFloor, pgbenchIsThere } from './floor.ts';
import { startOurApi } from './our-api.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const CONNECTIONS = 64;
/** Issue 3. The API issue raises both above 1. */
const BARS: Readonly<Record<'create' | 'read', Bar>> = { create: { kind: 'at-least', ratio: 0.4 }, read: { kind: 'at-least', ratio: 0.6 } };
/** Requests of a turn: about ten seconds on two cores of 2025. Fixed, so that the script times the same work every time. */
const COUNTS = { full: { create: 30_000, read: 50_000, rows: 100_000 }, short: { create: 4000, read: 6000, rows: 10_000 } };

interface Parts {
  readonly tenant: CustomersTenant;
  readonly api: ServerProcess;
  readonly reference: ServerProcess;
  readonly load: LoadProcess;
  readonly postgresPid: number;
  readonly pidsFolder: string;
  readonly idsFile: string;
  /** Numbers of the bodies sent so far: no email address comes twice. */
  readonly sent: { count: number };
}

/** How every contest of this bench is held. */
type Rules = Omit<Contest, 'ours' | 'reference'>;

/** `POST /v1/customers` and `GET /v1/customers/{id}` of one tenant against an empty Express route, at 64 connections. */
export const benchCustomers: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'keycloak'], say);
  const paths = stackPaths();
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const tenant = await makeCustomersTenant();
    cleanUp.add(tenant.remove);
    const [api] = (await startOurApi(tenant, { root, folder, profileFolder })) as [ServerProcess];
    cleanUp.add(api.stop);
    const reference = await startReference(tenant, join(folder, 'reference.log'));
    cleanUp.add(reference.stop);
    const load = new LoadProcess();
    cleanUp.add(() => load.close());
    const postgres = await findProcess(paths, 'postgres');
    if (postgres === undefined) throw new Error('PostgreSQL has ended');
    const counts = short ? COUNTS.short : COUNTS.full;
    const idsFile = join(folder, 'ids');
    say(`filling the tenant with ${counts.rows} customers`);
    writeFileSync(idsFile, (await fill(tenant, counts.rows)).join('\n'));
    const parts: Parts = { tenant, api, reference, load, postgresPid: postgres.pid, pidsFolder: paths.pids, idsFile, sent: { count: 0 } };

    const calm = () => awaitCalm({ watched: {}, alsoOurs: [process.pid, postgres.pid], pidsFolder: paths.pids });
    const rules = { rounds, despiteLoad, say, signal, calm };
    const rows: Row[] = [];
    for (const kind of ['read', 'create'] as const) {
      say(`${kind === 'read' ? 'GET /v1/customers/{id}' : 'POST /v1/customers'}: ${rounds} rounds of ${counts[kind]} requests a turn`);
      rows.unshift(await contest(parts, kind, counts[kind], short, rules));
    }
    if (pgbenchIsThere()) rows.push(await againstFloor(parts, counts.create, folder, { ...rules, rounds: short ? 1 : 3 }));
    const { rows: version } = await tenant.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return { rows, versions: { node: process.versions.node, postgres: version[0]?.version ?? '' } };
  } finally {
    await cleanUp.run();
  }
};

async function contest(parts: Parts, kind: 'create' | 'read', count: number, short: boolean, rules: Rules): Promise<Row> {
  const bar = { ...BARS[kind], ratio: short ? BARS[kind].ratio / 2 : BARS[kind].ratio };
  const work = workOf(parts, kind);
  const done = await holdContest({
    ...rules,
    ours: async () => {
      await emptyOutbox(parts.tenant);
      return turn(parts, parts.api, { node: [parts.api.pid], postgres: [parts.postgresPid] }, work, count, [kind === 'create' ? 201 : 200]);
    },
    reference: () => turn(parts, parts.reference, { node: [parts.reference.pid] }, work, count, [200]),
  });
  const what = kind === 'create' ? 'POST /v1/customers ÷ empty Express route' : 'GET /v1/customers/{id} ÷ empty Express route';
  return rowOf(what, 'req/s', bar, done);
}

/** The create statement alone is the same work for PostgreSQL without HTTP, JSON, tokens and our batching. Reported, no bar yet. */
async function againstFloor(parts: Parts, count: number, folder: string, rules: Rules): Promise<Row> {
  rules.say(`P0: ${rules.rounds} rounds against pgbench`);
  const { tenant, api, postgresPid, load, pidsFolder } = parts;
  const work = workOf(parts, 'create');
  const done = await holdContest({
    ...rules,
    ours: async () => {
      await emptyOutbox(tenant);
      return turn(parts, api, { node: [api.pid], postgres: [postgresPid] }, work, count, [201]);
    },
    reference: async () => {
      await emptyOutbox(tenant);
      const transactions = Math.round(count / 2);
      const { result, observed } = await observe(
        { watched: { postgres: [postgresPid] }, alsoOurs: [process.pid, load.pid], pidsFolder },
        () => pgbenchFloor(tenant, { folder, connections: CONNECTIONS, transactions }),
      );
      return { ...observed, value: result, cpuMs: perOperation(observed.cpuMs, transactions) };
    },
  });
  return rowOf('POST /v1/customers ÷ the statement in pgbench (P0)', 'req/s', undefined, done);
}

/** Warm-up of a third, then the turn itself, between two looks at everybody's CPU time. */
async function turn(
  { tenant, load, pidsFolder }: Parts,
  server: ServerProcess,
  watched: Readonly<Record<string, readonly number[]>>,
  work: (count: number, token: string) => Work,
  count: number,
  accept: readonly number[],
): Promise<Turn> {
  const token = await tenant.token();
  const order = { ports: [server.port], connections: CONNECTIONS, accept };
  const warmUp = Math.ceil(count / 3);
  await load.run({ ...order, work: work(warmUp, token), count: warmUp });
  const { result, observed } = await observe({ watched: { ...watched, client: [load.pid] }, alsoOurs: [process.pid], pidsFolder }, () =>
    load.run({ ...order, work: work(count, token), count }),
  );
  return {
    value: count / result.seconds,
    cpuMs: perOperation(observed.cpuMs, count),
    disturbance: observed.disturbance,
    complaint: observed.complaint,
    notes: { 'p50 ms': result.p50Ms, 'p99 ms': result.p99Ms },
  };
}

function workOf({ tenant, idsFile, sent }: Parts, kind: 'create' | 'read'): (count: number, token: string) => Work {
  const authorized = (token: string) => ({ Authorization: `Bearer ${token}` });
  if (kind === 'read') {
    return (_count, token) => ({
      templates: [{ method: 'GET', path: `/v1/customers/${ID}`, headers: authorized(token) }],
      first: 0,
      idsFile,
    });
  }
  return (count, token) => {
    const first = sent.count;
    sent.count += count;
    const body = customerBody(tenant.cell);
    return { templates: [{ method: 'POST', path: '/v1/customers', headers: authorized(token), body }], first };
  };
}

function perOperation(cpuMs: Readonly<Record<string, number>>, count: number): Record<string, number> {
  return Object.fromEntries(Object.entries(cpuMs).map(([who, ms]) => [who, ms / count]));
}

async function startReference(tenant: CustomersTenant, log: string): Promise<ServerProcess> {
  const port = await freePort();
  return await startServer({
    args: [join(import.meta.dirname, 'reference-api.ts'), String(port), tenant.issuer, tenant.caFile],
    environment: { NODE_ENV: 'production' },
    port,
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    log,
  });
}

/** Customers to read, and an index that is no toy. Gives their ids. */
async function fill({ admin, schema }: CustomersTenant, count: number): Promise<string[]> {
  const { rows } = await admin.query<{ id: string }>(
    `insert into ${schema}.customers (id, external_id, name, email, phone, status, segment, tags, attributes, version, created_at, updated_at)
     select uuidv7(), 'crm-' || n, 'Grace Hopper ' || n, 'grace.' || n || '@filled.example.org', '+4930123456', 'active', 'enterprise',
       array['vip', 'newsletter'], '{"industry": "computing", "employees": 250, "country": "DE"}', 1, now(), now()
     from generate_series(1, $1::int) n returning id`,
    [count],
  );
  await admin.query(`vacuum analyze ${schema}.customers`);
  return rows.map(({ id }) => id);
}

/** As a relay that keeps up would leave it. */
async function emptyOutbox({ admin }: CustomersTenant): Promise<void> {
  await admin.query('truncate tenantry.outbox');
}
