import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { runCommand } from '@tenantry/stack/run-command.ts';
import { reportQueries } from '@tenantry/tenant-service/features/reports/report-queries.ts';
import { objectKey } from '@tenantry/tenant-service/objects/object-store.ts';
import type { ReportRequest } from '@tenantry/tenant-service/reporting/report-request.ts';
import pg from 'pg';
import { perOperation } from '../api/contender.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { residentMb, watchResident } from '../measure/resident-watch.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { boundRow } from '../operator/bound-row.ts';
import type { OperatorRules } from '../operator/operator-rules.ts';
import { rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { type ReportsWorld, reportsWorld } from './reports-world.ts';

/** Issue "Events": a report is at least half as fast as psql, and costs the worker no more memory than this. */
const BAR: Bar = { kind: 'at-least', ratio: 0.5 };
const GROWTH_LIMIT_MB = 64;
const ROWS = { full: 1_000_000, short: 100_000 };
/** The first and the last line of a statement. */
const FRAME = 2;

/**
 * The statement of an account with a million transactions as CSV: read as the tenant, written by a thread, hashed, and stored in the bucket in parts by
 * the job worker, against `psql \copy` of the very query into a file.
 */
export const benchReports: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'redis', 's3'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  const barOf = ({ kind, ratio }: Bar): Bar => (short ? { kind, ratio: kind === 'at-least' ? ratio / 2 : ratio * 2 } : { kind, ratio });
  const rules: OperatorRules = { short, despiteLoad, say, signal, barOf };
  try {
    const rows = short ? ROWS.short : ROWS.full;
    const world = await reportsWorld({ root, folder, profileFolder, rows, say });
    cleanUp.add(world.remove);
    const { worker, postgresPid } = world;
    const pidsFolder = stackPaths().pids;
    const measured = async (watched: Readonly<Record<string, readonly number[]>>, seconds: () => Promise<number>): Promise<Turn> => {
      const { result, observed } = await observe({ watched, alsoOurs: [process.pid], pidsFolder }, seconds);
      return { ...observed, value: rows / result, cpuMs: perOperation(observed.cpuMs, rows) };
    };
    // A statement of one day: what a worker loads with its first report is not what this one costs.
    await made(world, requestOf(world, '2025-01-02'), signal);
    const rest = residentMb(worker.pid);
    const growth: number[] = [];
    const request = requestOf(world, '2027-01-01');
    const done = await holdContest({
      ...{ rounds, despiteLoad, say, signal },
      calm: () => awaitCalm({ watched: {}, alsoOurs: [process.pid, postgresPid, worker.pid], pidsFolder }),
      ours: async () => {
        const memory = watchResident(worker.pid);
        const turn = await measured({ node: [worker.pid], postgres: [postgresPid] }, async () => {
          const { seconds, lines } = await made(world, request, signal);
          if (lines !== rows + FRAME) throw new Error(`the report has ${lines} lines instead of ${rows + FRAME}`);
          return seconds;
        });
        const most = memory.stop();
        growth.push(most - rest);
        return { ...turn, notes: { 'RSS MB': most } };
      },
      reference: () => measured({ postgres: [postgresPid] }, () => copied(world, request, join(folder, 'reference.csv'))),
    });
    const { rows: version } = await world.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return {
      rows: [
        rowOf('CSV report of an account into the bucket ÷ psql \\copy of its query', 'rows/s', barOf(BAR), done),
        boundRow(`memory the worker grows by ÷ ${GROWTH_LIMIT_MB} MB`, 'MB', growth, GROWTH_LIMIT_MB, rules),
      ],
      versions: { node: process.versions.node, postgres: version[0]?.version ?? '' },
    };
  } finally {
    await cleanUp.run();
  }
};

function requestOf({ accountId }: ReportsWorld, to: string): ReportRequest<'account-statement'> {
  const parameters = { accountId, period: { from: '2025-01-01', to } };
  return { report: 'account-statement', parameters, format: 'csv', timeZone: 'Europe/Berlin', asOf: '2026-11-01T00:00:00.000Z' };
}

/** Has the report made. Seconds the worker had it, by the database's clock; the file is gone afterwards. */
async function made(
  { admin, schema, tenantId, objects }: ReportsWorld,
  request: ReportRequest<'account-statement'>,
  signal: AbortSignal,
): Promise<{ readonly seconds: number; readonly lines: number }> {
  const id = randomUUID();
  await admin.query(
    `insert into ${schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
     values ($1, 'report', 'queued', $2, 'bench', $3, $4, now())`,
    [id, request, 'a'.repeat(32), `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`],
  );
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await admin.query<{ status: string; seconds: number; lines: number }>(
      `select status, extract(epoch from finished_at - started_at)::float8 as seconds, done::int as lines from ${schema}.operations where id = $1`,
      [id],
    );
    const [operation] = rows;
    if (operation?.status === 'succeeded') {
      await objects.removeUnder(objectKey(tenantId, 'reports', id));
      return operation;
    }
    if (operation?.status === 'failed') throw new Error('the report failed');
    await pause(50);
  }
}

/** Seconds of a whole psql, its start included, which is a fiftieth of a second. */
async function copied({ psql, schema }: ReportsWorld, request: ReportRequest<'account-statement'>, file: string): Promise<number> {
  const { text, values } = reportQueries['account-statement'](request);
  const query = text
    .replaceAll('{schema}', schema)
    .replaceAll(/\$(\d+)/g, (_, place: string) => pg.escapeLiteral(String(values[Number(place) - 1])))
    .replaceAll(/\s+/g, ' ');
  const started = performance.now();
  await runCommand('psql', [...psql.words, '--no-psqlrc', '--command', `\\copy (${query}) to '${file}' with (format csv, header)`], {
    env: psql.environment,
  });
  const seconds = (performance.now() - started) / 1000;
  if (readFileSync(file).length === 0) throw new Error('psql copied nothing');
  return seconds;
}
