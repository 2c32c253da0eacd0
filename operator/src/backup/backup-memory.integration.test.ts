import { randomUUID } from 'node:crypto';
import { cellLogins } from '@tenantry/contracts';
import { provisionTenantDatabase } from '@tenantry/tenant-schema/testing/provision-tenant-database.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { PgBackupRecords } from '../postgres/pg-backup-records.ts';
import { backupPrefix } from '../s3/port.ts';
import { TenantBackups } from './tenant-backups.ts';

/** About 1.2 kB each, so that the whole is more than the process may grow. `BACKUP_ROWS=1000000` measures a large tenant. */
const ROWS = Number(process.env.BACKUP_ROWS ?? 150_000);
/** Two parts of 8 MB, the SDK, gzip's and sockets' buffers, and what the collector has not yet taken back. */
const MOST_GROWTH = 150 * 1024 ** 2;

let platform: TestPlatform;
let tenantId: string | undefined;

beforeAll(async () => {
  platform = await testPlatform({ bucket: true });
});
afterAll(async () => {
  if (tenantId !== undefined) await platform.ports.bucket?.removeUnder(backupPrefix(tenantId));
  await platform?.[Symbol.asyncDispose]();
});

it('backs up and proves a tenant that is larger than the memory it takes', async () => {
  const { ports, cell, pool, effects, admin } = platform;
  if (ports.bucket === undefined) throw new Error('the test platform has no bucket');
  const operator = await platform.database.connect({ user: cellLogins(cell.name).operator, password: platform.operatorPassword });
  const names = await provisionTenantDatabase(operator, { slug: `m-${randomUUID().slice(0, 8)}`, cell: cell.name });
  tenantId = names.tenantId;
  await admin.query(`insert into ${names.schema}.history (aggregate, aggregate_id, version, changed_at, actor, change, before, after)
    select 'customer', gen_random_uuid(), 1, now(), 'test', 'created', null,
      jsonb_build_object('text', (select string_agg(md5(i::text || j), '') from generate_series(1, 35) j)) from generate_series(1, ${ROWS}) i`);
  const backups = new TenantBackups({ cell: cell.name, bucket: ports.bucket, records: new PgBackupRecords(pool), pool, effects });
  const subject = {
    tenantId,
    slug: names.organizationAlias,
    schema: names.schema,
    ownerRole: names.ownerRole,
    purpose: 'Final',
    cause: 'x',
  } as const;
  const before = process.memoryUsage().rss;
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 50);
  const started = performance.now();
  const record = await backups.make(subject, new AbortController().signal);
  clearInterval(sampling);
  const size = await admin.query(`select pg_total_relation_size('${names.schema}.history')::text as bytes`);
  const mb = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`;
  console.log(
    `${ROWS} rows, ${mb(Number(size.rows[0].bytes))} in the database, ${mb(record.bytes)} stored: RSS grew by ${mb(peak - before)} in ${Math.round(performance.now() - started)} ms`,
  );
  // And the ends of the event log and of what was counted of it.
  expect(record).toMatchObject({ state: 'Verified', rows: ROWS + 2 });
  expect(Number(size.rows[0].bytes)).toBeGreaterThan(MOST_GROWTH);
  expect(peak - before).toBeLessThan(MOST_GROWTH);
}, 600_000);
