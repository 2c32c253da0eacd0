import { readFileSync } from 'node:fs';
import { customerList } from '@tenantry/tenant-service/features/customers/customer-list.ts';
import { SEARCH_SETTINGS, searchSql, searchTerm } from '@tenantry/tenant-service/features/customers/customer-search.ts';
import { parseListQuery } from '@tenantry/tenant-service/listing/list-query.ts';
import { OneTimeStatement } from '@tenantry/tenant-service/postgres/one-time-statement.ts';
import pg from 'pg';
import { oursOf } from '../api/api-bench.ts';
import { perOperation } from '../api/contender.ts';
import type { Template } from '../load/order.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { observe } from '../measure/watcher.ts';
import { type Row, rowOf } from '../report/row.ts';
import type { ListBench } from './list-bench.ts';

/** What people type: a name, part of one, two words in either order, a typing error, an address, a number, something common, two letters. */
const TERMS = [
  'schumacher',
  'zimmerm',
  'grace hopper',
  'Krüger Zoë',
  'schumachr',
  'gracce hoper',
  'katherine.4711@',
  'crm-77777',
  'ada',
  'example',
  'initech wolf',
  'xyzzy',
  'mü',
  '田中',
];
/** What the API may add to the statement itself. */
const allowance = (sqlMs: number): number => 1.5 * sqlMs + 5;

/** p95 of searches through the API against 1.5 times the p95 of the very same statements on a connection of the tenant's own, and 5 ms. */
export async function searchContest(
  { world, parts, rules }: ListBench,
  { count, bar }: { count: number; bar: Bar | undefined },
): Promise<Row> {
  const what = 'search p95 ÷ (1.5 × p95 of its SQL + 5 ms)';
  rules.say(what);
  const [tenant] = world.tenants;
  const database = new pg.Client({ ...world.postgres, ssl: { ca: readFileSync(world.caFile, 'utf8') } });
  await database.connect();
  try {
    await database.query(SEARCH_SETTINGS.replaceAll(', true)', ', false)'));
    const statements = TERMS.map((term) => statementOf(term, tenant.schema));
    const sql = () => measureSql(database, statements, count);
    const done = await holdContest({
      ...rules,
      ours: () => throughTheApi({ world, parts, rules }, count),
      reference: async (): Promise<Turn> => {
        const { result, observed } = await observe(
          { watched: { postgres: [world.postgresPid] }, alsoOurs: [process.pid, parts.load.pid], pidsFolder: parts.pidsFolder },
          sql,
        );
        return { ...observed, value: allowance(result), cpuMs: perOperation(observed.cpuMs, count) };
      },
    });
    return rowOf(what, 'ms', bar, done);
  } finally {
    await database.end();
  }
}

/** One after the other on one connection: what is measured is a person's wait, not a queue. */
async function throughTheApi({ world, parts }: ListBench, count: number): Promise<Turn> {
  const [tenant] = world.tenants;
  const headers = await tenant.authorization();
  const templates = TERMS.map((term): Template => ({ method: 'GET', path: `/v1/customers?search=${encodeURIComponent(term)}`, headers }));
  const { ports, pids } = oursOf(world);
  const order = { ports, connections: 1, accept: [200], work: { templates, first: 0 } };
  await parts.load.run({ ...order, count: Math.ceil(count / 3) });
  const { result, observed } = await observe({ watched: pids, alsoOurs: [process.pid, parts.load.pid], pidsFolder: parts.pidsFolder }, () =>
    parts.load.run({ ...order, count }),
  );
  return {
    ...observed,
    value: result.p95Ms,
    cpuMs: perOperation(observed.cpuMs, count),
    notes: { 'p50 ms': result.p50Ms, 'p99 ms': result.p99Ms },
  };
}

function statementOf(term: string, schema: string): { readonly text: string; readonly values: unknown[] } {
  const words = searchTerm(term);
  if (words === undefined) throw new Error(`${term} has nothing to look for`);
  const { text, values } = searchSql(customerList, parseListQuery(customerList.definition, [], { limit: 50 }), words, 51);
  return { text: new OneTimeStatement(text).of(schema).text, values };
}

async function measureSql(database: pg.Client, statements: readonly { text: string; values: unknown[] }[], count: number): Promise<number> {
  const draw = () => statements[Math.floor(Math.random() * statements.length)] as { text: string; values: unknown[] };
  for (let warm = 0; warm < count / 3; warm += 1) await database.query(draw());
  const latencies: number[] = [];
  for (let done = 0; done < count; done += 1) {
    const started = performance.now();
    await database.query(draw());
    latencies.push(performance.now() - started);
  }
  latencies.sort((a, b) => a - b);
  return latencies[Math.floor(count * 0.95)] ?? 0;
}
