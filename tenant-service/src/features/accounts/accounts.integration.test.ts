import { randomUUID } from 'node:crypto';
import { type Account, accountEvents, type ProblemError, type TenantryClient } from '@tenantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf } from '../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { isOwnAccountNumber } from './account-number.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let client: TenantryClient;
let other: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  const globex = await world.addTenant('globex');
  api = await world.startApi();
  client = api.client(await world.token(acme));
  other = api.client(await world.token(globex, { subject: 'person-2' }));
});
afterAll(() => world?.[Symbol.asyncDispose]());

const newCustomer = async (who = client): Promise<string> => (await who.createCustomer({ body: { name: 'Owner' } })).data.id;

async function open(customerId: string, wishes: Partial<Parameters<TenantryClient['createAccount']>[0]['body']> = {}): Promise<Account> {
  return (await client.createAccount({ params: { id: customerId }, body: { type: 'current', currency: 'EUR', ...wishes } })).data;
}

const deposit = (id: string, amountMinor: string) =>
  client.postTransaction({ params: { id }, body: { kind: Number(amountMinor) < 0 ? 'withdrawal' : 'deposit', amountMinor } });

describe('an account', () => {
  it('is there after it was opened: by id, in both lists, in history, with its event waiting', async () => {
    const customerId = await newCustomer();
    const made = await client.createAccount({
      params: { id: customerId },
      body: { type: 'credit', currency: 'JPY', name: 'Card', overdraftLimitMinor: '50000', number: 'DE02-1203/0000.1' },
    });
    const account = made.data;
    expect(account).toMatchObject({ customerId, number: 'DE02-1203/0000.1', status: 'active', balanceMinor: '0', version: 1 });
    expect([made.etag, made.headers.get('location')]).toEqual(['"1"', `/v1/accounts/${account.id}`]);
    const params = { id: account.id };
    expect((await client.getAccount({ params, query: {} })).data).toEqual(account);
    expect((await client.listCustomerAccounts({ params: { id: customerId }, query: {} })).data.items).toEqual([account]);
    expect((await client.listAccounts({ query: {} })).data.items[0]).toEqual(account);
    expect((await client.accountHistory({ params, query: {} })).data.items).toEqual([
      {
        version: 1,
        change: 'created',
        changedAt: account.createdAt,
        actor: 'person-1',
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        changes: [],
        before: null,
        after: account,
      },
    ]);
    const { rows } = await world.admin.query('select writer, type, version, data from tenantry.outbox where aggregate_id = $1', [
      account.id,
    ]);
    expect(rows).toEqual([{ writer: acme.appRole, type: 'dev.tenantry.account.created.v1', version: 1, data: { account } }]);
  });

  it('gets a number when none is given, and a given one is taken once, whatever its case', async () => {
    const customerId = await newCustomer();
    expect(isOwnAccountNumber((await open(customerId)).number)).toBe(true);
    await open(customerId, { number: 'Taken-1' });
    expect(await problemOf(open(customerId, { number: 'tAKEN-1' }))).toMatchObject({
      status: 409,
      code: 'account-number-taken',
      errors: [{ pointer: '/number' }],
    });
    const theirs = await newCustomer(other);
    await other.createAccount({ params: { id: theirs }, body: { type: 'current', currency: 'EUR', number: 'TAKEN-1' } });
  });

  it('changes, counts versions and announces what changed; equal values change nothing', async () => {
    const { id } = await open(await newCustomer());
    const params = { id };
    const changed = await client.updateAccount({ params, ifMatch: '"1"', body: { name: 'Daily', overdraftLimitMinor: '100' } });
    expect(changed.data).toMatchObject({ name: 'Daily', overdraftLimitMinor: '100', version: 2 });
    expect((await client.getAccount({ params, query: {} })).data).toEqual(changed.data);
    expect((await client.updateAccount({ params, ifMatch: '"2"', body: { name: 'Daily' } })).etag).toBe('"2"');
    const [newest] = (await client.accountHistory({ params, query: {} })).data.items;
    expect(newest?.changes).toEqual([
      { pointer: '/name', before: null, after: 'Daily' },
      { pointer: '/overdraftLimitMinor', before: '0', after: '100' },
    ]);
    const { rows } = await world.admin.query('select type, data from tenantry.outbox where aggregate_id = $1 order by version', [id]);
    expect(rows[1]).toEqual({
      type: 'dev.tenantry.account.updated.v1',
      data: { account: changed.data, changed: ['name', 'overdraftLimitMinor'] },
    });
    expect(accountEvents['dev.tenantry.account.updated.v1'].safeParse(rows[1].data).success).toBe(true);
  });

  it('may be changed with a tag that only postings are newer than, and with no other', async () => {
    const { id } = await open(await newCustomer());
    const params = { id };
    await deposit(id, '100');
    await deposit(id, '-40');
    const frozen = await client.updateAccount({ params, ifMatch: '"1"', body: { status: 'frozen' } });
    expect(frozen.data).toMatchObject({ status: 'frozen', balanceMinor: '60', version: 4 });
    for (const ifMatch of ['"3"', '"1"', '"5"', '"x"'])
      expect(await problemOf(client.updateAccount({ params, ifMatch, body: { name: 'x' } }))).toMatchObject({
        code: 'version-stale',
        etag: '"4"',
      });
    expect((await client.accountHistory({ params, query: {} })).data.items.map(({ version, change }) => `${version} ${change}`)).toEqual([
      '4 updated',
      '3 posted',
      '2 posted',
      '1 created',
    ]);
  });

  it('by twenty writers of one version is changed once', async () => {
    const customerId = await newCustomer();
    for (let round = 0; round < 6; round += 1) {
      const { id } = await open(customerId);
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          client.updateAccount({ params: { id }, ifMatch: '"1"', body: { name: `Writer ${at}` } }).then(
            () => 'won',
            (error: ProblemError) => error.problem.code,
          ),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(new Set(['won', 'version-stale']));
    }
  });

  it('is closed when empty only, takes no postings then, and is reopened', async () => {
    const { id } = await open(await newCustomer());
    const params = { id };
    await deposit(id, '1');
    expect(await problemOf(client.updateAccount({ params, ifMatch: '"2"', body: { status: 'closed' } }))).toMatchObject({
      status: 409,
      code: 'account-not-empty',
    });
    await deposit(id, '-1');
    await client.updateAccount({ params, ifMatch: '"3"', body: { status: 'closed' } });
    expect(await problemOf(deposit(id, '1'))).toMatchObject({ status: 409, code: 'account-not-active' });
    await client.updateAccount({ params, ifMatch: '"4"', body: { status: 'active' } });
    expect((await deposit(id, '1')).data.accountVersion).toBe(6);
  });

  it('has no limit below what it is overdrawn by, and savings have none at all', async () => {
    const customerId = await newCustomer();
    const { id } = await open(customerId, { overdraftLimitMinor: '100' });
    await deposit(id, '-80');
    expect(await problemOf(client.updateAccount({ params: { id }, ifMatch: '"2"', body: { overdraftLimitMinor: '79' } }))).toMatchObject({
      code: 'insufficient-funds',
    });
    await client.updateAccount({ params: { id }, ifMatch: '"2"', body: { overdraftLimitMinor: '80' } });
    expect(await problemOf(open(customerId, { type: 'savings', overdraftLimitMinor: '1' }))).toMatchObject({ code: 'invalid-request' });
    const savings = await open(customerId, { type: 'savings' });
    const wish = client.updateAccount({ params: { id: savings.id }, ifMatch: '"1"', body: { overdraftLimitMinor: '1' } });
    expect(await problemOf(wish)).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/overdraftLimitMinor' }] });
  });

  it('opened with a key is opened once, also when the first answer was lost and the customer is gone', async () => {
    const customerId = await newCustomer();
    const idempotencyKey = randomUUID();
    const body = { type: 'current', currency: 'EUR' } as const;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => client.createAccount({ params: { id: customerId }, body, idempotencyKey })),
    );
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const id = answers[0]?.data.id ?? '';
    await client.updateAccount({ params: { id }, ifMatch: '"1"', body: { status: 'closed' } });
    await client.deleteCustomer({ params: { id: customerId }, ifMatch: '"1"' });
    const again = await client.createAccount({ params: { id: customerId }, body, idempotencyKey });
    expect([again.replayed, again.data.id]).toEqual([true, id]);
    const otherBody = client.createAccount({ params: { id: customerId }, body: { ...body, name: 'x' }, idempotencyKey });
    expect(await problemOf(otherBody)).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });
});

describe('a customer with accounts', () => {
  it('is deleted when all are closed, not before; and a closed one is not reopened afterwards', async () => {
    const customerId = await newCustomer();
    const account = await open(customerId);
    const remove = () => client.deleteCustomer({ params: { id: customerId }, ifMatch: '"1"' });
    expect(await problemOf(remove())).toMatchObject({ status: 409, code: 'customer-has-open-accounts' });
    await client.updateAccount({ params: { id: account.id }, ifMatch: '"1"', body: { status: 'frozen' } });
    expect(await problemOf(remove())).toMatchObject({ code: 'customer-has-open-accounts' });
    await client.updateAccount({ params: { id: account.id }, ifMatch: '"2"', body: { status: 'closed' } });
    await remove();
    expect(await problemOf(open(customerId))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await problemOf(client.listCustomerAccounts({ params: { id: customerId }, query: {} }))).toMatchObject({ code: 'not-found' });
    const reopen = client.updateAccount({ params: { id: account.id }, ifMatch: '"3"', body: { status: 'active' } });
    expect(await problemOf(reopen)).toMatchObject({ status: 409, code: 'customer-conflict' });
    expect((await client.getAccount({ params: { id: account.id }, query: {} })).data.status).toBe('closed');
  });

  it('is never deleted beside an account that is opened in the same moment', async () => {
    for (let round = 0; round < 15; round += 1) {
      const customerId = await newCustomer();
      const [opened, deleted] = await Promise.all([
        open(customerId).then(
          () => 'done',
          (error: ProblemError) => error.problem.code,
        ),
        client.deleteCustomer({ params: { id: customerId }, ifMatch: '"1"' }).then(
          () => 'done',
          (error: ProblemError) => error.problem.code,
        ),
      ]);
      expect([
        ['done', 'customer-has-open-accounts'],
        ['not-found', 'done'],
      ]).toContainEqual([opened, deleted]);
    }
    const { rows } = await world.admin.query(`select count(*)::int as wrong from ${acme.schema}.customers c
      where open_accounts <> (select count(*) from ${acme.schema}.accounts a where a.customer_id = c.id and status <> 'closed')`);
    expect(rows).toEqual([{ wrong: 0 }]);
  });
});

describe('lists of accounts', () => {
  it('are cut down by customer, status, currency and type, and walked page by page', async () => {
    const [one, two] = [await newCustomer(), await newCustomer()];
    for (const currency of ['EUR', 'USD', 'CHF']) await open(one, { currency });
    const loan = await open(two, { type: 'loan', currency: 'USD' });
    const ids = async (query: object) => (await client.listAccounts({ query: query as never })).data.items.map(({ id }) => id);
    expect(await ids({ 'filter[customerId]': one })).toHaveLength(3);
    expect(await ids({ 'filter[customerId]': two, 'filter[type]': 'loan', 'filter[currency]': 'USD', 'filter[status]': 'active' })).toEqual(
      [loan.id],
    );
    expect(await ids({ 'filter[customerId]': two, 'filter[currency]': 'EUR' })).toEqual([]);
    expect(await ids({ 'filter[number]': loan.number, 'filter[balanceMinor][lte]': '0' })).toEqual([loan.id]);
    const lettered = await open(two, { number: 'Mixed-Case-7' });
    expect(await ids({ 'filter[number]': 'mIXED-cASE-7' })).toEqual([lettered.id]);
    await deposit(lettered.id, '5');
    const richest = await client.listAccounts({
      query: { 'filter[customerId]': two, sort: '-balanceMinor', fields: 'balanceMinor' } as never,
    });
    expect(richest.data.items).toEqual([
      { id: lettered.id, balanceMinor: '5' },
      { id: loan.id, balanceMinor: '0' },
    ]);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listCustomerAccounts({ params: { id: one }, query: { limit: 2, ...(cursor ? { cursor } : {}) } });
      seen.push(...page.data.items.map(({ id }) => id));
      cursor = page.data.page.next ?? undefined;
    } while (cursor);
    expect(seen).toHaveLength(3);
    expect([...seen].sort().reverse()).toEqual(seen);
    expect((await client.listCustomerAccounts({ params: { id: await newCustomer() }, query: {} })).data.items).toEqual([]);
  });
});

describe('another tenant’s account', () => {
  it('is absent on every verb, exactly as one that never was', async () => {
    const customerId = await newCustomer(other);
    const theirs = (await other.createAccount({ params: { id: customerId }, body: { type: 'current', currency: 'EUR' } })).data;
    const strip = ({ status, code, detail }: Record<string, unknown>) => ({ status, code, detail });
    const ask = (account: string, customer: string) => [
      client.getAccount({ params: { id: account }, query: {} }),
      client.getAccount({ params: { id: account }, query: { asOf: new Date().toISOString() } }),
      client.updateAccount({ params: { id: account }, ifMatch: '"1"', body: { name: 'Mine' } }),
      client.accountHistory({ params: { id: account }, query: {} }),
      client.createAccount({ params: { id: customer }, body: { type: 'current', currency: 'EUR' } }),
      client.listCustomerAccounts({ params: { id: customer }, query: {} }),
      client.listCustomerAccounts({ params: { id: customer }, query: { asOf: new Date().toISOString() } }),
    ];
    const [foreign, missing] = await Promise.all(
      [ask(theirs.id, customerId), ask(randomUUID(), randomUUID())].map(async (calls) =>
        (await Promise.all(calls.map(problemOf))).map((problem) => strip(problem as never)),
      ),
    );
    expect(foreign).toEqual(missing);
    expect(new Set(foreign?.map(({ status }) => status))).toEqual(new Set([404]));
    expect((await other.getAccount({ params: { id: theirs.id }, query: {} })).data).toEqual(theirs);
  });
});

describe('asOf', () => {
  const atOnce = async <T>(work: () => Promise<T>): Promise<{ result: T; at: string }> => {
    // A millisecond of its own on both sides: times have no finer digits.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const result = await work();
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { result, at: new Date().toISOString() };
  };

  it('reads an account with its balance, and a customer’s accounts, as they were answered at any instant', async () => {
    const before = new Date(Date.now() - 1000).toISOString();
    const customerId = await newCustomer();
    const params = await open(customerId).then(({ id }) => ({ id }));
    const states: { at: string; account: Account; accounts: Account[] }[] = [];
    const steps: (() => Promise<unknown>)[] = [
      async () => {},
      () => deposit(params.id, '500'),
      () => deposit(params.id, '-20'),
      () => client.updateAccount({ params, ifMatch: '"3"', body: { name: 'Renamed', overdraftLimitMinor: '1000' } }),
      () => open(customerId, { type: 'savings' }),
      () => deposit(params.id, '-700'),
      () => deposit(params.id, '220'),
      () => client.updateAccount({ params, ifMatch: '"6"', body: { status: 'closed' } }),
    ];
    for (const step of steps) {
      const { at } = await atOnce(step);
      states.push({
        at,
        account: (await client.getAccount({ params, query: {} })).data,
        accounts: (await client.listCustomerAccounts({ params: { id: customerId }, query: {} })).data.items,
      });
    }
    for (const { at, account, accounts } of states) {
      const then = await client.getAccount({ params, query: { asOf: at } });
      expect(then.data).toEqual(account);
      expect(JSON.stringify(then.data)).toBe(JSON.stringify(account));
      expect(then.etag).toBeNull();
      // The very millisecond of a version has it already.
      expect((await client.getAccount({ params, query: { asOf: account.updatedAt } })).data).toEqual(account);
      expect((await client.listCustomerAccounts({ params: { id: customerId }, query: { asOf: at } })).data.items).toEqual(accounts);
    }
    expect(await problemOf(client.getAccount({ params, query: { asOf: before } }))).toMatchObject({ status: 404 });
    expect(await problemOf(client.listCustomerAccounts({ params: { id: customerId }, query: { asOf: before } }))).toMatchObject({
      status: 404,
    });
    await client.getAccount({ params, query: { asOf: '2199-01-01T00:00:00+02:00' } });
    expect(await problemOf(client.getCustomer({ params: { id: customerId }, query: { asOf: before } }))).toMatchObject({ status: 404 });
    for (const asOf of ['yesterday', '2026-02-30T00:00:00Z', '0000-01-01T00:00:00Z', '2026-01-01', '9999-12-31T23:59:59Z'])
      expect(await problemOf(client.getAccount({ params, query: { asOf } })), asOf).toMatchObject({ status: 400, code: 'invalid-request' });
  });

  it('reads a customer at any instant, also a deleted and a restored one', async () => {
    const params = { id: await newCustomer() };
    const steps: (() => Promise<unknown>)[] = [
      async () => {},
      () =>
        client.updateCustomer({ params, ifMatch: '"1"', body: { name: 'Second', tags: ['b', 'a'], attributes: { z: 1, a: { b: null } } } }),
      () => client.updateCustomer({ params, ifMatch: '"2"', body: { email: 'third@example.org' } }),
      () => client.deleteCustomer({ params, ifMatch: '"3"' }),
      () => client.restoreCustomer({ params }),
    ];
    const states: { at: string; now: unknown }[] = [];
    const read = (query: { asOf?: string }) =>
      client.getCustomer({ params, query }).then(
        ({ data }) => JSON.stringify(data),
        (error: ProblemError) => error.problem.code,
      );
    for (const step of steps) {
      const { at } = await atOnce(step);
      states.push({ at, now: await read({}) });
    }
    expect(states.map(({ now }) => now)).toContain('not-found');
    for (const { at, now } of states) expect(await read({ asOf: at })).toBe(now);
    expect((await client.getCustomer({ params, query: { asOf: states[0]?.at ?? '' } })).etag).toBeNull();
  });

  it('knows whose an account was before its customer was merged into another one, and that one into a third', async () => {
    const [first, second, third] = [await newCustomer(), await newCustomer(), await newCustomer()];
    const { id } = await open(first);
    await deposit(id, '70');
    const merge = async (survivor: string, from: string) => {
      const { etag } = await client.getCustomer({ params: { id: survivor } });
      const fromVersion = (await client.getCustomer({ params: { id: from } })).data.version;
      await client.mergeCustomer({ params: { id: survivor }, ifMatch: etag ?? '', body: { from, fromVersion } });
    };
    const { at } = await atOnce(async () => {});
    await merge(second, first);
    const accountsOf = async (customerId: string, asOf?: string) =>
      (await client.listCustomerAccounts({ params: { id: customerId }, query: asOf ? { asOf } : {} })).data.items;
    expect(await accountsOf(second)).toMatchObject([{ id, customerId: second, balanceMinor: '70' }]);
    const { at: between } = await atOnce(async () => {});
    await merge(third, second);
    expect((await accountsOf(third)).map((account) => account.id)).toEqual([id]);
    expect(await accountsOf(first, at)).toMatchObject([{ id, customerId: first, balanceMinor: '70' }]);
    expect(await accountsOf(second, at)).toEqual([]);
    expect(await accountsOf(second, between)).toMatchObject([{ id, customerId: second }]);
    expect(await accountsOf(third, between)).toEqual([]);
  });
});
