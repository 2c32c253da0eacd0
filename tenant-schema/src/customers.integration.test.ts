import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshCell, freshCell } from './testing/fresh-cell.ts';
import { provisionTenantDatabase } from './testing/provision-tenant-database.ts';

let cell: FreshCell;
let app: pg.Client;
let relay: pg.Client;
let admin: pg.Client;

beforeAll(async () => {
  cell = await freshCell((await runningStack('postgres')).postgres);
  const tenant = await provisionTenantDatabase(await cell.connectAs('operator'), { slug: 'acme', cell: cell.cell, password: 'acme' });
  app = await cell.connect(tenant.login(1), 'acme');
  relay = await cell.connectAs('relay');
  admin = await cell.connectAsAdmin();
});
afterAll(async () => await cell?.drop());

/** The shape of a write (design D7): row, history, event and answered key in one statement, all from the row really written. */
const CREATE = `
with written as (
  insert into t_acme.customers (id, name, email, status, version, created_at, updated_at)
  values ($1, $2, $3, 'active', 1, $4, $4) returning id, name, email, version, created_at
), remembered as (
  insert into t_acme.history (aggregate, aggregate_id, version, changed_at, actor, change, after)
  select 'customer', id, version, created_at, 'tester', 'created', to_jsonb(written) from written
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, data)
  select $5, 'dev.tenantry.customer.created.v1', 'customer', id, version, created_at, to_jsonb(written) from written
), answered as (
  insert into t_acme.idempotency_keys (key, request_hash, status, body)
  select $6, 'hash', 201, to_jsonb(written)::text from written where $6::text is not null
)
select id from written`;

interface NewRow {
  readonly name: string;
  readonly email?: string | null;
  readonly key?: string | null;
}

async function create({ name, email = null, key = null }: NewRow, client = app): Promise<string> {
  const { rows } = await client.query('select uuidv7()::text as id, uuidv7()::text as event');
  const { id, event } = rows[0] as { id: string; event: string };
  await client.query(CREATE, [id, name, email, new Date(), event, key]);
  return id;
}

async function counts(): Promise<number[]> {
  const tables = ['t_acme.customers', 't_acme.history', 'tenantry.outbox', 't_acme.idempotency_keys'];
  const { rows } = await admin.query(`select array[${tables.map((table) => `(select count(*)::int from ${table})`).join(', ')}] as counts`);
  return rows[0]?.counts;
}

describe('a write', () => {
  it('stores row, history, event and answer together, and the relay knows whose event it is', async () => {
    const before = await counts();
    const id = await create({ name: 'Ada', email: 'ada@example.org', key: 'first' });
    expect((await counts()).map((now, table) => now - (before[table] ?? 0))).toEqual([1, 1, 1, 1]);
    const { rows } = await relay.query(
      `select slug, events_topic, type, data ->> 'name' as name from tenantry.outbox join tenantry.tenants on app_role = writer where aggregate_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ slug: 'acme', events_topic: 'acme.events', type: 'dev.tenantry.customer.created.v1', name: 'Ada' }]);
  });

  it('loses a race for an email address whole, whatever its case', async () => {
    await create({ name: 'Grace', email: 'grace@example.org' });
    const before = await counts();
    await expect(create({ name: 'Other', email: 'GRACE@example.org', key: 'loser' })).rejects.toMatchObject({
      code: '23505',
      constraint: 'customers_email_unique',
    });
    expect(await counts()).toEqual(before);
  });

  it('loses a race for a key whole', async () => {
    await create({ name: 'One', key: 'twice' });
    const before = await counts();
    await expect(create({ name: 'Two', key: 'twice' })).rejects.toMatchObject({ code: '23505', constraint: 'idempotency_keys_pkey' });
    expect(await counts()).toEqual(before);
  });

  it('frees the email address of a deleted customer', async () => {
    const id = await create({ name: 'Left', email: 'left@example.org' });
    await app.query('update t_acme.customers set deleted_at = now(), version = version + 1 where id = $1', [id]);
    await create({ name: 'Came', email: 'left@example.org' });
  });

  it('cannot write a version twice, not even as history alone', async () => {
    const id = await create({ name: 'Once' });
    await expect(
      app.query(
        `insert into t_acme.history (aggregate, aggregate_id, version, changed_at, actor, change) values ('customer', $1, 1, now(), 'x', 'updated')`,
        [id],
      ),
    ).rejects.toMatchObject({ code: '23505', constraint: 'history_pkey' });
  });
});

describe('search', () => {
  beforeAll(async () => {
    for (const name of ['Jürgen Müller', 'José Ñandú', 'Łukasz Straße', '田中太郎', '100% Cotton_Ltd', 'MULLERIN']) await create({ name });
    await app.query(`insert into t_acme.customers (id, name, email, status, version, created_at, updated_at)
      select uuidv7(), 'Filler ' || n, 'filler' || n || '@example.net', 'active', 1, now(), now() from generate_series(1, 30000) as n`);
    await admin.query('vacuum analyze t_acme.customers');
  }, 60_000);

  const BY_PART = `select name from t_acme.customers where search_text like '%' || extensions.search_fold($1) || '%' and deleted_at is null order by name`;
  const BY_WORD = `select name from t_acme.customers where search_text like '% ' || extensions.search_fold($1) || '%' and deleted_at is null order by name`;

  it.each([
    ['müller', ['Jürgen Müller', 'MULLERIN']],
    ['MULLER', ['Jürgen Müller', 'MULLERIN']],
    ['ürgen', ['Jürgen Müller']],
    ['nandu', ['José Ñandú']],
    ['strasse', ['Łukasz Straße']],
    ['100\\%', ['100% Cotton_Ltd']],
    ['田中太', ['田中太郎']],
  ])('finds %s as a part of a name, without regard to case and accents', async (term, names) => {
    expect((await app.query(BY_PART, [term])).rows.map(({ name }) => name)).toEqual(names);
  });

  it.each([
    ['jü', ['Jürgen Müller']],
    ['田中', ['田中太郎']],
    ['łu', ['Łukasz Straße']],
  ])('finds %s as the beginning of a word, where it has no trigram of its own', async (term, names) => {
    expect((await app.query(BY_WORD, [term])).rows.map(({ name }) => name)).toEqual(names);
  });

  it.each([
    ['part', BY_PART, 'filler4321', 'customers_search'],
    ['word', BY_WORD, 'jü', 'customers_search'],
    [
      'page',
      'select name from t_acme.customers where deleted_at is null and id < $1 order by id desc limit 50',
      'ffffffff-ffff-7fff-bfff-ffffffffffff',
      'customers_pkey',
    ],
  ])('reads a %s from its index, planned for the value or once for all', async (_, sql, value, index) => {
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await app.query(`set plan_cache_mode = ${mode}; prepare looked as ${sql}`);
      const { rows } = await app.query(`explain (format text) execute looked (${pg.escapeLiteral(value)})`);
      await app.query('deallocate looked; reset plan_cache_mode');
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain(index);
      expect(plan).not.toContain('Seq Scan');
    }
  });
});
