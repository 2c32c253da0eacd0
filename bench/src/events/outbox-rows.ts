import type { TenantNames } from '@tenantry/contracts';
import type pg from 'pg';

/** Rows as creating a customer writes them, $1 of them for the writers $2, made once: filling the outbox is then a copy. */
const MAKE = `
create table public.waiting_events as
select gen_random_uuid() as id, ($2::name[])[1 + n % cardinality($2::name[])] as writer, 'dev.tenantry.customer.created.v1'::text as type,
  'customer'::text as aggregate, uuidv7() as aggregate_id, 1 as version, now() as occurred_at,
  '00-' || md5(n::text) || '-' || left(md5('s' || n), 16) || '-00' as traceparent,
  jsonb_build_object('customer', jsonb_build_object(
    'id', uuidv7(), 'externalId', 'ext-' || n, 'name', 'Customer Number ' || n, 'email', 'customer' || n || '@example.org',
    'phone', '+49 30 ' || n, 'status', 'active', 'segment', 'gold', 'tags', jsonb_build_array('a', 'b'),
    'attributes', jsonb_build_object('city', 'Berlin', 'score', n % 100), 'version', 1, 'createdAt', now(), 'updatedAt', now())) as data
from generate_series(1, $1::int) as n`;

const COLUMNS = 'id, writer, type, aggregate, aggregate_id, version, occurred_at, traceparent, data';

/** What the names and values of an event's headers and its key take on the wire, beside its data. */
const HEADER_BYTES = 560;

/** @returns bytes of an average record: key, headers, value */
export async function makeRows(admin: pg.Client, tenants: readonly TenantNames[], count: number): Promise<number> {
  // CREATE TABLE AS takes no parameters.
  const writers = `array[${tenants.map(({ appRole }) => `'${appRole}'`).join(', ')}]`;
  await admin.query(MAKE.replaceAll('$1::int', String(count)).replaceAll('$2::name[]', `${writers}::name[]`));
  const { rows } = await admin.query<{ bytes: number }>('select avg(octet_length(data::text))::int as bytes from public.waiting_events');
  return (rows[0]?.bytes ?? 0) + HEADER_BYTES;
}

/** Every row waits, committed at once, without debts of what was there before. */
export async function fillOutbox(admin: pg.Client): Promise<void> {
  await admin.query('truncate tenantry.outbox');
  await admin.query(`insert into tenantry.outbox (${COLUMNS}) select ${COLUMNS} from public.waiting_events`);
  await admin.query('vacuum analyze tenantry.outbox');
  await admin.query('checkpoint').catch(() => {});
}

const TAKE = `
delete from tenantry.outbox where ctid = any(array(select ctid from tenantry.outbox limit 500))
returning ${COLUMNS.replace('data', 'data::text')}`;

/** The least a relay must ask of PostgreSQL: read and delete, 500 at a time, in no order and with nothing sent. @returns rows a second */
export async function takeAll(relay: pg.Client): Promise<number> {
  const started = performance.now();
  for (let taken = 0; ; ) {
    const { rowCount } = await relay.query({ name: 'take', text: TAKE, rowMode: 'array' });
    if (!rowCount) return (taken / (performance.now() - started)) * 1000;
    taken += rowCount;
  }
}
