import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { customerImport } from '@tenantry/tenant-service/features/customers/customer-import.ts';
import { objectKey } from '@tenantry/tenant-service/objects/object-store.ts';
import { readHead } from '@tenantry/tenant-service/transfer/import-columns.ts';
import type { ApiTenant } from '../api/api-world.ts';
import { csvFile } from '../import/import-rows.ts';
import type { BackgroundWorld } from './background-world.ts';

/** What is imported meanwhile. */
export interface ImportPlan {
  readonly rows: number;
  /** Of each file. */
  readonly fileRows: number;
  /** Until the last file is asked for; each has its moment. */
  readonly seconds: number;
}

/** All but the first, whom the api is asked for. */
const importing = ({ api }: BackgroundWorld): readonly ApiTenant[] => api.tenants.slice(1);

/** Asks for one import after the other, evenly, each of customers no other has. */
export async function askForImports(world: BackgroundWorld, { rows, fileRows, seconds }: ImportPlan, signal: AbortSignal): Promise<void> {
  const head = readHead(csvFile(1).toString(), { fields: customerImport.fields, mapping: undefined, delimiter: undefined });
  const tenants = importing(world);
  const files = rows / fileRows;
  const started = performance.now();
  for (let number = 0; number < files; number += 1) {
    const early = started + (number / files) * seconds * 1000 - performance.now();
    if (early > 0) await pause(early, undefined, { signal });
    const { tenantId, schema } = tenants[number % tenants.length] as ApiTenant;
    const [id, file] = [randomUUID(), csvFile(fileRows, number * fileRows)];
    const key = objectKey(tenantId, 'imports', id);
    await world.objects.put(key, Readable.from([file]), 'text/csv');
    const request = {
      ...{ resource: 'customers', format: 'csv', dryRun: false, onConflict: 'fail', match: 'externalId' },
      file: { key, bytes: file.length, head },
    };
    await world.api.admin.query(
      `insert into ${schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
       values ($1, 'import', 'queued', $2, 'bench', $3, $4, now())`,
      [id, request, 'a'.repeat(32), `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`],
    );
  }
}

/** Seconds from `from`, by the database's clock, until the last of these records was in its event log. @throws when no record comes for a minute */
export async function untilLogged(
  world: BackgroundWorld,
  { rows, fileRows }: ImportPlan,
  from: Date,
  signal: AbortSignal,
): Promise<number> {
  const { admin } = world.api;
  const tenants = importing(world);
  const wanted = rows + rows / fileRows;
  const sum = tenants.map(({ schema }) => `(select seq from ${schema}.event_log_head)`).join(' + ');
  let [before, movedAt] = [-1, performance.now()];
  for (;;) {
    signal.throwIfAborted();
    const { rows: found } = await admin.query<{ logged: number }>(`select (${sum})::int as logged`);
    const { logged = 0 } = found[0] ?? {};
    if (logged >= wanted) break;
    if (logged !== before) [before, movedAt] = [logged, performance.now()];
    if (performance.now() - movedAt > 60_000) throw new Error(`${logged} of ${wanted} events are in the logs, and no more come`);
    await pause(500);
  }
  const last = tenants.map(
    ({ schema }) => `(select max(appended_at) from ${schema}.events where seq = (select seq from ${schema}.event_log_head))`,
  );
  const { rows: ends } = await admin.query<{ seconds: number }>(
    `select extract(epoch from greatest(${last.join(', ')}) - $1::timestamptz)::float8 as seconds`,
    [from],
  );
  return ends[0]?.seconds ?? Number.NaN;
}

/** Each record is a customer, has a line of history and is in the log once; every import told its receiver. @throws when one is missing or too many */
export async function checkImports(
  { api, sink }: BackgroundWorld,
  { rows, fileRows }: ImportPlan,
  tenants: readonly ApiTenant[],
): Promise<void> {
  const each = tenants.map(
    ({ schema }) => `select (select count(*) from ${schema}.customers) as customers, (select count(*) from ${schema}.history) as history,
      (select count(distinct subject) from ${schema}.events where type = 'dev.tenantry.customer.created.v1') as logged,
      (select count(*) from ${schema}.webhook_deliveries where state = 'delivered') as delivered`,
  );
  const { rows: found } = await api.admin.query<Record<string, number>>(
    `select sum(customers)::int as customers, sum(history)::int as history, sum(logged)::int as logged, sum(delivered)::int as delivered
     from (${each.join(' union all ')}) one`,
  );
  const { taken } = await sink.ask<{ taken: number }>({});
  const seen = { ...found[0], taken };
  const wanted = { customers: rows, history: rows, logged: rows, delivered: rows / fileRows, taken: rows / fileRows };
  if (JSON.stringify(seen) !== JSON.stringify(wanted))
    throw new Error(`there should be ${JSON.stringify(wanted)}, and there is ${JSON.stringify(seen)}`);
}
