import { randomUUID } from 'node:crypto';
import type { ProblemError, TenantryClient } from '@tenantry/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let globex: TestTenant;
let client: TenantryClient;
let other: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  globex = await world.addTenant('globex');
  api = await world.startApi();
  client = api.client(await world.token(acme));
  other = api.client(await world.token(globex, { subject: 'person-2' }));
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.admin.query(
    `truncate ${acme.schema}.customers, ${acme.schema}.history, ${acme.schema}.idempotency_keys, tenantry.outbox cascade`,
  );
});

/** Rows of every table a change writes. */
async function counts() {
  const { rows } = await world.admin.query(
    `select (select count(*)::int from ${acme.schema}.customers) as customers, (select count(*)::int from ${acme.schema}.history) as history,
      (select count(*)::int from ${acme.schema}.idempotency_keys) as keys, (select count(*)::int from tenantry.outbox) as outbox`,
  );
  return rows[0];
}

describe('a change', () => {
  it('is there afterwards: by id, in the list, in search and in history, with its event waiting', async () => {
    const body = {
      name: 'Zoë Müller',
      email: 'zoe@example.org',
      phone: '+4930123456',
      tags: ['vip', 'eu'],
      attributes: { level: { a: [1, 2] } },
    };
    const made = await client.createCustomer({ body });
    expect(made.data).toMatchObject({ ...body, version: 1, status: 'active', externalId: null });
    expect(made.etag).toBe('"1"');
    expect(made.headers.get('location')).toBe(`/v1/customers/${made.data.id}`);
    expect((await client.getCustomer({ params: { id: made.data.id } })).data).toEqual(made.data);
    expect((await client.listCustomers({ query: {} })).data.items).toEqual([made.data]);
    for (const search of ['müll', 'MULLER', 'zoe', 'zo', '3012', 'zoe mul']) {
      expect((await client.listCustomers({ query: { search } })).data.items, search).toEqual([made.data]);
    }
    const history = await client.customerHistory({ params: { id: made.data.id }, query: {} });
    expect(history.data.items).toEqual([
      {
        version: 1,
        change: 'created',
        changedAt: made.data.createdAt,
        actor: 'person-1',
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        changes: [],
        before: null,
        after: made.data,
      },
    ]);
    const { rows } = await world.admin.query('select writer, type, aggregate_id, version, data from tenantry.outbox');
    expect(rows).toEqual([
      {
        writer: acme.appRole,
        type: 'dev.tenantry.customer.created.v1',
        aggregate_id: made.data.id,
        version: 1,
        data: { customer: made.data },
      },
    ]);
  });

  it('merges, counts versions without gaps, keeps history after deletion, and announces each version', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Ada', email: 'ada@example.org', attributes: { a: 1, b: { c: 2 } } } });
    const params = { id: data.id };
    const second = await client.updateCustomer({ params, ifMatch: '"1"', body: { segment: 'gold', attributes: { a: null, b: { d: 3 } } } });
    expect(second.data).toMatchObject({ name: 'Ada', segment: 'gold', attributes: { b: { c: 2, d: 3 } }, version: 2 });
    expect((await client.getCustomer({ params })).data).toEqual(second.data);
    const same = await client.updateCustomer({ params, ifMatch: '"2"', body: { segment: 'gold' } });
    expect(same.etag).toBe('"2"');
    await client.deleteCustomer({ params, ifMatch: '"2"' });
    expect((await problemOf(client.getCustomer({ params }))).code).toBe('not-found');
    expect((await client.listCustomers({ query: { search: 'ada' } })).data.items).toEqual([]);
    const history = await client.customerHistory({ params, query: {} });
    expect(history.data.items.map(({ version, change }) => `${version} ${change}`)).toEqual(['3 deleted', '2 updated', '1 created']);
    expect(history.data.items[1]?.before).toMatchObject({ version: 1, segment: null });
    const { rows } = await world.admin.query('select version, type, data from tenantry.outbox order by version');
    expect(rows.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(rows[1].data.changed.sort()).toEqual(['attributes', 'segment']);
    expect(rows[2].data).toEqual({ id: data.id, version: 3 });
    expect((await client.createCustomer({ body: { name: 'New Ada', email: 'ADA@example.org' } })).data.version).toBe(1);
  });

  it('needs If-Match, and a stale one is told the current version', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Ada' } });
    const params = { id: data.id };
    await client.updateCustomer({ params, ifMatch: '"1"', body: { name: 'Eda' } });
    for (const ifMatch of ['"1"', '"99"', 'W/"2"']) {
      expect(await problemOf(client.updateCustomer({ params, ifMatch, body: { name: 'X' } }))).toMatchObject({
        code: 'version-stale',
        etag: '"2"',
      });
      expect(await problemOf(client.deleteCustomer({ params, ifMatch }))).toMatchObject({ code: 'version-stale', etag: '"2"' });
    }
    const bare = await fetch(`${api.url}/v1/customers/${data.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${await world.token(acme)}` },
    });
    expect([bare.status, ((await bare.json()) as { code: string }).code]).toEqual([428, 'if-match-missing']);
    expect(await counts()).toMatchObject({ customers: 1, history: 2 });
  });

  it('cannot grow attributes without end, patch by patch', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Grows', attributes: { a: 'x'.repeat(40_000) } } });
    const grown = client.updateCustomer({ params: { id: data.id }, ifMatch: '"1"', body: { attributes: { b: 'x'.repeat(40_000) } } });
    expect(await problemOf(grown)).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/attributes' }] });
    expect(await counts()).toMatchObject({ customers: 1, history: 1 });
  });

  it('by fifty writers of one version happens once (H17)', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Race' } });
    const attempts = Array.from({ length: 50 }, (_, at) =>
      client.updateCustomer({ params: { id: data.id }, ifMatch: '"1"', body: { name: `Writer ${at}` } }).then(
        () => 'won',
        (error: ProblemError) => error.problem.code,
      ),
    );
    const outcomes = await Promise.all(attempts);
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['won', 'version-stale']));
    expect(await counts()).toMatchObject({ customers: 1, history: 2, outbox: 2 });
  });

  it('that takes an address somebody has is refused naming the field, and writes nothing', async () => {
    await client.createCustomer({ body: { name: 'Ada', email: 'ada@example.org' } });
    const second = await client.createCustomer({ body: { name: 'Eve', email: 'eve@example.org' } });
    const refusals = [
      client.createCustomer({ body: { name: 'Eda', email: 'Ada@Example.org' } }),
      client.updateCustomer({ params: { id: second.data.id }, ifMatch: '"1"', body: { email: 'ADA@example.org' } }),
    ];
    for (const problem of await Promise.all(refusals.map(problemOf))) {
      expect(problem).toMatchObject({
        status: 409,
        code: 'customer-email-taken',
        errors: [{ pointer: '/email', detail: 'is taken' }],
      });
    }
    expect(await counts()).toMatchObject({ customers: 2, history: 2, outbox: 2 });
  });

  it('with one bad neighbour in its batch succeeds: hundreds at once, one loser per taken address', async () => {
    const bodies = Array.from({ length: 200 }, (_, at) => ({ name: `Many ${at}`, email: `many${at % 150}@example.org` }));
    const outcomes = await Promise.all(
      bodies.map((body) =>
        client.createCustomer({ body }).then(
          () => 'made',
          (error: ProblemError) => error.problem.code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(150);
    expect(outcomes.filter((outcome) => outcome === 'customer-email-taken')).toHaveLength(50);
    expect(await counts()).toMatchObject({ customers: 150, history: 150, outbox: 150 });
  });
});

describe('an idempotency key', () => {
  const body = { name: 'Keyed', email: 'keyed@example.org' };

  it('answers the same again, and counts once', async () => {
    const idempotencyKey = randomUUID();
    const first = await client.createCustomer({ body, idempotencyKey });
    const again = await client.createCustomer({ body, idempotencyKey });
    expect([first.replayed, again.replayed]).toEqual([false, true]);
    expect(again.data).toEqual(first.data);
    expect([again.etag, again.headers.get('location')]).toEqual([first.etag, first.headers.get('location')]);
    expect(await counts()).toEqual({ customers: 1, history: 1, keys: 1, outbox: 1 });
  });

  it('with another body is refused', async () => {
    const idempotencyKey = randomUUID();
    await client.createCustomer({ body, idempotencyKey });
    for (const changed of [{ ...body, name: 'Other' }, { name: 'No address' }]) {
      expect(await problemOf(client.createCustomer({ body: changed, idempotencyKey }))).toMatchObject({
        status: 422,
        code: 'idempotency-key-reused',
      });
    }
    expect(await counts()).toEqual({ customers: 1, history: 1, keys: 1, outbox: 1 });
  });

  it('of a request that lost a unique address is not used up: twice refused, then good', async () => {
    const owner = await client.createCustomer({ body });
    const idempotencyKey = randomUUID();
    for (let at = 0; at < 2; at += 1) {
      expect(await problemOf(client.createCustomer({ body: { ...body, name: 'Loser' }, idempotencyKey }))).toMatchObject({
        code: 'customer-email-taken',
      });
    }
    expect(await counts()).toMatchObject({ customers: 1, keys: 0 });
    await client.deleteCustomer({ params: { id: owner.data.id }, ifMatch: '"1"' });
    expect((await client.createCustomer({ body: { ...body, name: 'Loser' }, idempotencyKey })).replayed).toBe(false);
  });

  it('in fifty requests at once, over two replicas: one effect, one answer', async () => {
    const second = await world.startApi();
    const token = await world.token(acme);
    const clients = [api.client(token), second.client(token)];
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => (clients[at % 2] as TenantryClient).createCustomer({ body, idempotencyKey })),
    );
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await counts()).toEqual({ customers: 1, history: 1, keys: 1, outbox: 1 });
  });

  it('chosen by two people does not make them meet', async () => {
    const idempotencyKey = 'the-same';
    const colleague = api.client(await world.token(acme, { subject: 'colleague' }));
    const first = await client.createCustomer({ body: { name: 'Mine' }, idempotencyKey });
    const second = await colleague.createCustomer({ body: { name: 'Theirs' }, idempotencyKey });
    expect(second.data.id).not.toBe(first.data.id);
    expect((await other.createCustomer({ body: { name: 'Elsewhere' }, idempotencyKey })).replayed).toBe(false);
  });

  it('is 1 to 200 visible characters', async () => {
    for (const idempotencyKey of ['a'.repeat(201), 'with space', 'ü']) {
      const refusal = await fetch(`${api.url}/v1/customers`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await world.token(acme)}`,
          'content-type': 'application/json',
          'idempotency-key': Buffer.from(idempotencyKey).toString('latin1'),
        },
        body: JSON.stringify(body),
      });
      expect(refusal.status).toBe(400);
    }
  });
});

describe('a list', () => {
  it('is walked once through while customers are added', async () => {
    const made = await Promise.all(Array.from({ length: 25 }, (_, at) => client.createCustomer({ body: { name: `Page ${at}` } })));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listCustomers({ query: { limit: 4, ...(cursor ? { cursor } : {}) } });
      seen.push(...page.data.items.map(({ id }) => id));
      await client.createCustomer({ body: { name: 'In between' } });
      cursor = page.data.page.next ?? undefined;
    } while (cursor);
    const ids = made.map(({ data }) => data.id);
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of ids) expect(seen).toContain(id);
    expect([...seen].sort().reverse()).toEqual(seen);
  });

  it('refuses a cursor of another tenant, another list, or changed; and a limit beyond 200', async () => {
    for (let at = 0; at < 3; at += 1) {
      await client.createCustomer({ body: { name: `C ${at}` } });
      await other.createCustomer({ body: { name: `C ${at}` } });
    }
    const mine = (await client.listCustomers({ query: { limit: 1 } })).data.page.next ?? '';
    const theirs = (await other.listCustomers({ query: { limit: 1 } })).data.page.next ?? '';
    expect((await client.listCustomers({ query: { limit: 1, cursor: mine } })).data.items).toHaveLength(1);
    for (const cursor of [
      theirs,
      `${mine.slice(0, -1)}${mine.endsWith('A') ? 'B' : 'A'}`,
      'nonsense',
      Buffer.from('x'.repeat(60)).toString('base64url'),
    ]) {
      expect(await problemOf(client.listCustomers({ query: { limit: 1, cursor } }))).toMatchObject({ status: 400, code: 'invalid-cursor' });
    }
    expect(await problemOf(client.listCustomers({ query: { search: 'abc', cursor: mine } }))).toMatchObject({ code: 'invalid-cursor' });
    for (const limit of [0, 201, -1, 1.5, Number.NaN]) {
      expect(await problemOf(client.listCustomers({ query: { limit } }))).toMatchObject({ code: 'invalid-request' });
    }
  });

  it('search takes what is typed literally, whatever it is (H20)', async () => {
    await client.createCustomer({ body: { name: 'plain' } });
    await client.createCustomer({ body: { name: '100% off_er \\o/ 田中' } });
    const names = async (search: string) => (await client.listCustomers({ query: { search } })).data.items.map(({ name }) => name);
    for (const search of ["' OR 1=1--", '%%%', '___', '%', '\\', '"; drop table customers', ':*', "a' & 'b", '（％）', 'x'.repeat(200)]) {
      expect(await names(search), search).toEqual(search === '%' || search === '\\' ? expect.any(Array) : []);
    }
    expect(await names('100% off_er')).toHaveLength(1);
    expect(await names('田中')).toHaveLength(1);
    expect(await names('\\o/')).toHaveLength(1);
  });

  it('puts the best match first', async () => {
    for (const name of ['Maximilian Mustermann', 'Max', 'Erika Maxeiner']) await client.createCustomer({ body: { name } });
    expect((await client.listCustomers({ query: { search: 'Max', limit: 2 } })).data.items[0]?.name).toBe('Max');
  });

  it('pages through history', async () => {
    const { data } = await client.createCustomer({ body: { name: 'v1' } });
    const params = { id: data.id };
    for (let version = 1; version < 5; version += 1)
      await client.updateCustomer({ params, ifMatch: `"${version}"`, body: { name: `v${version + 1}` } });
    const first = await client.customerHistory({ params, query: { limit: 3 } });
    const next = await client.customerHistory({ params, query: { limit: 3, cursor: first.data.page.next ?? '' } });
    expect([...first.data.items, ...next.data.items].map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
    expect(next.data.page.next).toBeNull();
    const elsewhere = await client.createCustomer({ body: { name: 'else' } });
    const wrong = client.customerHistory({ params: { id: elsewhere.data.id }, query: { cursor: first.data.page.next ?? '' } });
    expect(await problemOf(wrong)).toMatchObject({ code: 'invalid-cursor' });
  });
});

describe('another tenant’s customer', () => {
  it('is absent on every verb, exactly as one that never was (H14)', async () => {
    const { data } = await other.createCustomer({ body: { name: 'Theirs' } });
    const strip = ({ status, code, detail, title }: Record<string, unknown>) => ({ status, code, detail, title });
    for (const id of [data.id, randomUUID()]) {
      const params = { id };
      const refusals = [
        client.getCustomer({ params }),
        client.updateCustomer({ params, ifMatch: '"1"', body: { name: 'Mine' } }),
        client.deleteCustomer({ params, ifMatch: '"1"' }),
        client.customerHistory({ params, query: {} }),
      ];
      for (const problem of await Promise.all(refusals.map(problemOf))) {
        expect(strip(problem)).toEqual({
          status: 404,
          code: 'not-found',
          detail: 'There is no such customer.',
          title: 'There is no such thing',
        });
      }
    }
    expect((await other.getCustomer({ params: { id: data.id } })).data).toEqual(data);
    expect((await client.listCustomers({ query: { search: 'Theirs' } })).data.items).toEqual([]);
  });
});

describe('state and time limits', () => {
  it('a suspended tenant hears why, a read-only one may read; the database refuses as well', async () => {
    const { data } = await client.createCustomer({ body: { name: 'Before' } });
    const set = async (state: string) => {
      await world.operator.query('update tenantry.tenants set state = $2, closed_reason = $3 where tenant_id = $1', [
        acme.tenantId,
        state,
        state === 'Active' ? null : 'invoice 7',
      ]);
      const wanted = state === 'Active' ? 'served' : state === 'ReadOnly' ? 'tenant-read-only' : 'tenant-suspended';
      await expect
        .poll(() =>
          client.updateCustomer({ params: { id: data.id }, ifMatch: '"1"', body: { name: 'Before' } }).then(
            () => 'served',
            (error: ProblemError) => error.problem.code,
          ),
        )
        .toBe(wanted);
    };
    await set('Suspended');
    expect(await problemOf(client.getCustomer({ params: { id: data.id } }))).toMatchObject({
      status: 403,
      code: 'tenant-suspended',
      detail: 'invoice 7',
    });
    await set('ReadOnly');
    expect((await client.getCustomer({ params: { id: data.id } })).data).toEqual(data);
    await set('Active');
    await world.admin.query(`revoke insert on ${acme.schema}.customers from "${acme.appRole}"`);
    expect(await problemOf(client.createCustomer({ body: { name: 'Refused below' } }))).toMatchObject({ code: 'tenant-read-only' });
    await world.admin.query(`grant insert on ${acme.schema}.customers to "${acme.appRole}"`);
  });

  it('a statement over the limit is stopped and says so; neighbours of other tenants go on', async () => {
    await world.operator.query('update tenantry.tenants set statement_timeout_ms = 200 where tenant_id = $1', [acme.tenantId]);
    const lock = await world.cell.connectAsAdmin();
    await lock.query(`begin; lock table ${acme.schema}.customers in access exclusive mode`);
    await expect
      .poll(async () => (await problemOf(client.getCustomer({ params: { id: randomUUID() } }))).code, { timeout: 10_000 })
      .toBe('statement-timeout');
    expect((await other.listCustomers({ query: { limit: 1 } })).data.items.length).toBeGreaterThanOrEqual(0);
    await lock.query('rollback');
    await world.operator.query('update tenantry.tenants set statement_timeout_ms = 2000 where tenant_id = $1', [acme.tenantId]);
  });
});
