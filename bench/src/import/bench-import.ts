import { randomUUID } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { customerImport } from '@tenantry/tenant-service/features/customers/customer-import.ts';
import { objectKey } from '@tenantry/tenant-service/objects/object-store.ts';
import { readHead } from '@tenantry/tenant-service/transfer/import-columns.ts';
import { from as copyFrom } from 'pg-copy-streams';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { copyFiles, csvFile } from './import-rows.ts';
import { type ImportWorld, importWorld } from './import-world.ts';

/** Issue "API": an import is at least half as fast as raw COPY into the same tables. */
const BAR: Bar = { kind: 'at-least', ratio: 0.5 };
const ROWS = { full: 200_000, short: 20_000 };

const COLUMNS = {
  customers: 'id, external_id, name, email, phone, status, segment, tags, attributes, version, created_at, updated_at',
  history: 'aggregate, aggregate_id, version, changed_at, actor, trace_id, change, after',
  outbox: 'id, writer, type, aggregate, aggregate_id, version, occurred_at, traceparent, data',
} as const;

/**
 * A CSV file of customers: fetched from the bucket, read, checked and written with history and events in chunks that survive a crash, against
 * COPY of the same rows, ready made, into the same three tables with their indexes, in one transaction on one connection.
 */
export const benchImport: Bench = async ({ root, short, rounds, profileFolder, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'redis', 's3'], say);
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-bench-'));
  const cleanUp = new CleanUp(say);
  cleanUp.add(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const world = await importWorld({ root, folder, profileFolder, say });
    cleanUp.add(world.remove);
    const rows = short ? ROWS.short : ROWS.full;
    say(`making files of ${rows} customers`);
    const file = csvFile(rows);
    const ready = await copyFiles(folder, rows, world.appRole);
    const { worker, postgresPid } = world;
    const pidsFolder = stackPaths().pids;
    const measured = async (watched: Readonly<Record<string, readonly number[]>>, seconds: () => Promise<number>): Promise<Turn> => {
      const { result, observed } = await observe({ watched, alsoOurs: [process.pid], pidsFolder }, seconds);
      const cpuMs = Object.fromEntries(Object.entries(observed.cpuMs).map(([who, ms]) => [who, ms / rows]));
      return { ...observed, value: rows / result, cpuMs };
    };
    const done = await holdContest({
      ...{ rounds, despiteLoad, say, signal },
      calm: () => awaitCalm({ watched: {}, alsoOurs: [process.pid, postgresPid, worker.pid], pidsFolder }),
      ours: async () => {
        await empty(world);
        const id = await store(world, file);
        return measured({ node: [worker.pid], postgres: [postgresPid] }, () => imported(world, id, rows, signal));
      },
      reference: async () => {
        await empty(world);
        return measured({ postgres: [postgresPid] }, () => copied(world, ready));
      },
    });
    const bar = short ? { ...BAR, ratio: BAR.ratio / 2 } : BAR;
    const { rows: version } = await world.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return {
      rows: [rowOf('import of customers ÷ COPY into the same tables', 'rows/s', bar, done)],
      versions: { node: process.versions.node, postgres: version[0]?.version ?? '' },
    };
  } finally {
    await cleanUp.run();
  }
};

/** Both begin with empty tables and no debts of the turn before. */
async function empty({ admin, schema }: ImportWorld): Promise<void> {
  await admin.query(`truncate ${schema}.customers, ${schema}.history, ${schema}.operations, tenantry.outbox cascade`);
  await admin.query('checkpoint').catch(() => {});
}

async function store({ objects, tenantId }: ImportWorld, file: Buffer): Promise<string> {
  const id = randomUUID();
  await objects.put(objectKey(tenantId, 'imports', id), Readable.from([file]), 'text/csv');
  return id;
}

/** Seconds the worker had it, by the database's clock: what a caller waits for beside the queue. */
async function imported({ admin, schema, tenantId }: ImportWorld, id: string, rows: number, signal: AbortSignal): Promise<number> {
  const key = objectKey(tenantId, 'imports', id);
  const head = readHead(csvFile(1).toString(), { fields: customerImport.fields, mapping: undefined, delimiter: undefined });
  const request = {
    resource: 'customers',
    format: 'csv',
    dryRun: false,
    onConflict: 'fail',
    match: 'externalId',
    file: { key, bytes: rows * 200, head },
  };
  await admin.query(
    `insert into ${schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
     values ($1, 'import', 'queued', $2, 'bench', $3, $4, now())`,
    [id, request, 'a'.repeat(32), `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`],
  );
  for (;;) {
    signal.throwIfAborted();
    const { rows: found } = await admin.query<{ status: string; seconds: number; created: string }>(
      `select status, extract(epoch from finished_at - started_at)::float8 as seconds, created_rows::text as created from ${schema}.operations where id = $1`,
      [id],
    );
    const [operation] = found;
    if (operation?.status === 'succeeded') {
      if (Number(operation.created) !== rows) throw new Error(`the import wrote ${operation.created} rows of ${rows}`);
      return operation.seconds;
    }
    if (operation?.status === 'failed') throw new Error('the import failed');
    await pause(100);
  }
}

/** Seconds of the three COPYs and their commit. */
async function copied({ admin, schema }: ImportWorld, files: Readonly<Record<keyof typeof COLUMNS, string>>): Promise<number> {
  const started = performance.now();
  await admin.query('begin');
  for (const table of ['customers', 'history', 'outbox'] as const) {
    const name = table === 'outbox' ? 'tenantry.outbox' : `${schema}.${table}`;
    await pipeline(
      createReadStream(files[table], { highWaterMark: 1024 * 1024 }),
      admin.query(copyFrom(`copy ${name} (${COLUMNS[table]}) from stdin`)),
    );
  }
  await admin.query('commit');
  return (performance.now() - started) / 1000;
}
