import { randomUUID } from 'node:crypto';
import { type Account, ProblemError, type TenantryClient, type Transaction, transactionEvents } from '@tenantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let client: TenantryClient;
let other: TenantryClient;
let customerId: string;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  const globex = await world.addTenant('globex');
  api = await world.startApi();
  client = api.client(await world.token(acme));
  other = api.client(await world.token(globex, { subject: 'person-2' }));
  customerId = (await client.createCustomer({ body: { name: 'Owner' } })).data.id;
});
afterAll(() => world?.[Symbol.asyncDispose]());

const problemOf = (promise: Promise<unknown>): Promise<{ status: number; code: string; detail: string; errors?: unknown }> =>
  promise.then(
    () => {
      throw new Error('expected a problem');
    },
    (error: unknown) => {
      if (error instanceof ProblemError) return error.problem as never;
      throw error;
    },
  );

type NewTransaction = Parameters<TenantryClient['postTransaction']>[0]['body'];

async function open(wishes: Partial<Parameters<TenantryClient['createAccount']>[0]['body']> = {}): Promise<Account> {
  return (await client.createAccount({ params: { id: customerId }, body: { type: 'current', currency: 'EUR', ...wishes } })).data;
}
const post = (id: string, body: NewTransaction, idempotencyKey?: string) =>
  client.postTransaction({ params: { id }, body, ...(idempotencyKey ? { idempotencyKey } : {}) });
const deposit = async (id: string, amountMinor: string): Promise<Transaction> => (await post(id, { kind: 'deposit', amountMinor })).data;
const balanceOf = async (id: string): Promise<string> => (await client.getAccount({ params: { id }, query: {} })).data.balanceMinor;
const idsOf = (items: readonly { id: string }[]): string[] => items.map(({ id }) => id);

/** What must always hold: the balance is the sum, versions have no gaps, and changes, history and events are one each. */
async function expectSound(): Promise<void> {
  const { rows } = await world.admin.query(`
    select a.id from ${acme.schema}.accounts a
    left join lateral (select coalesce(sum(amount_minor), 0) as sum, count(*) as count from ${acme.schema}.transactions where account_id = a.id) t on true
    left join lateral (select count(*) as count, max(version) as max, count(*) filter (where change = 'posted') as posted
      from ${acme.schema}.history where aggregate_id = a.id) h on true
    left join lateral (select count(*) as count from tenantry.outbox where aggregate_id = a.id) o on true
    where a.balance_minor <> t.sum or a.version <> h.count or a.version <> h.max or h.posted <> t.count or o.count <> h.count`);
  expect(rows).toEqual([]);
}

describe('a posting', () => {
  it('is there afterwards with the balance: by id, in the list, in history, with its event waiting', async () => {
    const { id } = await open();
    const body = {
      kind: 'deposit',
      amountMinor: '1250',
      reference: 'INV-1',
      description: 'Zahlung für Müller',
      bookedAt: '2026-01-02T03:04:05+01:00',
      currency: 'EUR',
    } as const;
    const made = await post(id, body);
    expect(made.data).toMatchObject({
      ...body,
      accountId: id,
      accountVersion: 2,
      balanceAfterMinor: '1250',
      bookedAt: '2026-01-02T02:04:05.000Z',
      transferId: null,
      reverses: null,
      reversedBy: null,
    });
    expect(made.headers.get('location')).toBe(`/v1/transactions/${made.data.id}`);
    expect((await client.getTransaction({ params: { id: made.data.id } })).data).toEqual(made.data);
    expect((await client.listAccountTransactions({ params: { id }, query: {} })).data.items).toEqual([made.data]);
    expect((await client.getAccount({ params: { id }, query: {} })).data).toMatchObject({
      balanceMinor: '1250',
      version: 2,
      updatedAt: made.data.createdAt,
    });
    const [newest] = (await client.accountHistory({ params: { id }, query: {} })).data.items;
    expect(newest).toMatchObject({
      version: 2,
      change: 'posted',
      changedAt: made.data.createdAt,
      actor: 'person-1',
      before: { balanceMinor: '0' },
      after: { balanceMinor: '1250', transactionId: made.data.id },
    });
    const { rows } = await world.admin.query(
      'select writer, type, aggregate, version, data from tenantry.outbox where aggregate_id = $1 and version = 2',
      [id],
    );
    expect(rows).toEqual([
      {
        writer: acme.appRole,
        type: 'dev.tenantry.transaction.posted.v1',
        aggregate: 'account',
        version: 2,
        data: { transaction: made.data },
      },
    ]);
    expect(transactionEvents['dev.tenantry.transaction.posted.v1'].safeParse(rows[0].data).success).toBe(true);
    await expectSound();
  });

  it('has the sign its kind asks for, and a time that is not to come', async () => {
    const { id } = await open({ overdraftLimitMinor: '1000' });
    for (const [kind, amountMinor] of [
      ['deposit', '-1'],
      ['withdrawal', '1'],
      ['fee', '1'],
      ['adjustment', '0'],
      ['deposit', '1.5'],
      ['deposit', '1000000000000000000'],
    ] as const) {
      expect(await problemOf(post(id, { kind, amountMinor }))).toMatchObject({ status: 400, errors: [{ pointer: '/amountMinor' }] });
    }
    for (const [kind, amountMinor] of [
      ['deposit', '1'],
      ['withdrawal', '-1'],
      ['fee', '-1'],
      ['interest', '-1'],
      ['interest', '1'],
      ['adjustment', '-1'],
    ] as const)
      await post(id, { kind, amountMinor });
    expect(await balanceOf(id)).toBe('-2');
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect(await problemOf(post(id, { kind: 'deposit', amountMinor: '1', bookedAt: future }))).toMatchObject({
      errors: [{ pointer: '/bookedAt' }],
    });
    for (const bookedAt of ['0000-01-01T00:00:00Z', '1899-12-31T23:59:59Z', '2026-13-01T00:00:00Z', '2026-01-01'])
      expect(await problemOf(post(id, { kind: 'deposit', amountMinor: '1', bookedAt })), bookedAt).toMatchObject({
        code: 'invalid-request',
      });
    expect(await problemOf(post(id, { kind: 'transfer' as never, amountMinor: '1' }))).toMatchObject({ code: 'invalid-request' });
  });

  it('goes down to the overdraft limit and not below; what was refused left nothing', async () => {
    const { id } = await open({ overdraftLimitMinor: '100' });
    await deposit(id, '50');
    const refused = await problemOf(post(id, { kind: 'withdrawal', amountMinor: '-151' }));
    expect(refused).toMatchObject({ status: 409, code: 'insufficient-funds', errors: [{ pointer: '/amountMinor' }] });
    expect(refused.detail).toContain('-101');
    expect((await post(id, { kind: 'withdrawal', amountMinor: '-150' })).data.balanceAfterMinor).toBe('-100');
    expect(await problemOf(post(id, { kind: 'fee', amountMinor: '-1' }))).toMatchObject({ code: 'insufficient-funds' });
    expect((await client.getAccount({ params: { id }, query: {} })).data.version).toBe(3);
    await expectSound();
  });

  it('never makes a balance of more than eighteen digits', async () => {
    const { id } = await open({ type: 'loan', overdraftLimitMinor: '999999999999999999' });
    await deposit(id, '999999999999999999');
    expect(await problemOf(deposit(id, '1'))).toMatchObject({ status: 409, code: 'balance-out-of-range' });
    await post(id, { kind: 'withdrawal', amountMinor: '-999999999999999999' });
    await post(id, { kind: 'withdrawal', amountMinor: '-999999999999999999' });
    expect(await problemOf(post(id, { kind: 'withdrawal', amountMinor: '-1' }))).toMatchObject({ code: 'balance-out-of-range' });
    expect(await balanceOf(id)).toBe('-999999999999999999');
  });

  it('in another currency, or on a frozen account, is refused', async () => {
    const { id } = await open({ currency: 'JPY' });
    expect(await problemOf(post(id, { kind: 'deposit', amountMinor: '1', currency: 'EUR' }))).toMatchObject({
      status: 409,
      code: 'currency-mismatch',
    });
    await client.updateAccount({ params: { id }, ifMatch: '"1"', body: { status: 'frozen' } });
    expect(await problemOf(deposit(id, '1'))).toMatchObject({ status: 409, code: 'account-not-active' });
    expect(await problemOf(deposit(randomUUID(), '1'))).toMatchObject({
      status: 404,
      code: 'not-found',
      detail: 'There is no such account.',
    });
  });

  it('cannot be changed or deleted, not even by the tenant’s own role', async () => {
    for (const privilege of ['UPDATE', 'DELETE', 'TRUNCATE']) {
      const { rows } = await world.admin.query('select has_table_privilege($1, $2, $3) as may', [
        acme.appRole,
        `${acme.schema}.transactions`,
        privilege,
      ]);
      expect(rows).toEqual([{ may: false }]);
    }
  });
});

describe('an Idempotency-Key of a posting', () => {
  it('counts once in fifty requests at once, over two replicas', async () => {
    const { id } = await open();
    const clients = [client, (await world.startApi()).client(await world.token(acme))];
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        (clients[at % 2] as TenantryClient).postTransaction({
          params: { id },
          body: { kind: 'deposit', amountMinor: '7' },
          idempotencyKey,
        }),
      ),
    );
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await balanceOf(id)).toBe('7');
  });

  it('repeats the answer even when the first attempt took the money the repetition would need', async () => {
    const { id } = await open();
    await deposit(id, '100');
    const idempotencyKey = randomUUID();
    const first = await post(id, { kind: 'withdrawal', amountMinor: '-100' }, idempotencyKey);
    const again = await post(id, { kind: 'withdrawal', amountMinor: '-100' }, idempotencyKey);
    expect([again.replayed, again.data]).toEqual([true, first.data]);
    expect(await balanceOf(id)).toBe('0');
  });

  it('with another amount or account is refused; after a refusal it is still good', async () => {
    const [one, two] = [await open(), await open()];
    const idempotencyKey = randomUUID();
    for (let at = 0; at < 2; at += 1)
      expect(await problemOf(post(one.id, { kind: 'fee', amountMinor: '-5' }, idempotencyKey))).toMatchObject({
        code: 'insufficient-funds',
      });
    await deposit(one.id, '5');
    expect((await post(one.id, { kind: 'fee', amountMinor: '-5' }, idempotencyKey)).replayed).toBe(false);
    await deposit(two.id, '5');
    expect(await problemOf(post(two.id, { kind: 'fee', amountMinor: '-5' }, idempotencyKey))).toMatchObject({
      status: 422,
      code: 'idempotency-key-reused',
    });
    expect(await problemOf(post(one.id, { kind: 'fee', amountMinor: '-4' }, idempotencyKey))).toMatchObject({
      code: 'idempotency-key-reused',
    });
    expect([await balanceOf(one.id), await balanceOf(two.id)]).toEqual(['0', '5']);
  });
});

describe('a transfer', () => {
  const transfer = (fromAccountId: string, toAccountId: string, amountMinor: string, more: object = {}, idempotencyKey?: string) =>
    client.createTransfer({ body: { fromAccountId, toAccountId, amountMinor, ...more }, ...(idempotencyKey ? { idempotencyKey } : {}) });

  it('moves money with one posting on each side, linked to each other', async () => {
    const [from, to] = [await open(), await open()];
    await deposit(from.id, '1000');
    const made = await transfer(from.id, to.id, '400', { reference: 'R', description: 'D', bookedAt: '2026-03-01T00:00:00Z' });
    const { id, debit, credit } = made.data;
    expect(made.data).toMatchObject({ fromAccountId: from.id, toAccountId: to.id, amountMinor: '400', currency: 'EUR' });
    expect(debit).toMatchObject({
      accountId: from.id,
      kind: 'transfer',
      amountMinor: '-400',
      balanceAfterMinor: '600',
      transferId: id,
      reference: 'R',
    });
    expect(credit).toMatchObject({
      accountId: to.id,
      kind: 'transfer',
      amountMinor: '400',
      balanceAfterMinor: '400',
      transferId: id,
      description: 'D',
    });
    expect((await client.getTransfer({ params: { id } })).data).toEqual(made.data);
    expect(made.headers.get('location')).toBe(`/v1/transfers/${id}`);
    expect([await balanceOf(from.id), await balanceOf(to.id)]).toEqual(['600', '400']);
    await expectSound();
  });

  it('happens whole or not at all, and says which side refused', async () => {
    const [from, to, yen, frozen] = [await open(), await open(), await open({ currency: 'JPY' }), await open()];
    await deposit(from.id, '100');
    await client.updateAccount({ params: { id: frozen.id }, ifMatch: '"1"', body: { status: 'frozen' } });
    const before = await world.admin.query(`select count(*) from ${acme.schema}.transactions`);
    const refusals: [() => Promise<unknown>, object][] = [
      [() => transfer(from.id, to.id, '101'), { status: 409, code: 'insufficient-funds' }],
      [() => transfer(from.id, yen.id, '1'), { status: 409, code: 'currency-mismatch' }],
      [() => transfer(from.id, to.id, '1', { currency: 'USD' }), { status: 409, code: 'currency-mismatch' }],
      [
        () => transfer(from.id, frozen.id, '1'),
        { status: 409, code: 'account-not-active', errors: [{ pointer: '/toAccountId', detail: 'is frozen' }] },
      ],
      [() => transfer(frozen.id, to.id, '1'), { code: 'account-not-active', errors: [{ pointer: '/fromAccountId', detail: 'is frozen' }] }],
      [() => transfer(from.id, randomUUID(), '1'), { status: 404, code: 'not-found' }],
      [() => transfer(randomUUID(), to.id, '1'), { status: 404, code: 'not-found' }],
      [() => transfer(from.id, from.id.toUpperCase(), '1'), { status: 400, code: 'invalid-request' }],
      [() => transfer(from.id, to.id, '-1'), { status: 400, code: 'invalid-request' }],
      [() => transfer(from.id, to.id, '0'), { status: 400, code: 'invalid-request' }],
    ];
    for (const [refusal, expected] of refusals) expect(await problemOf(refusal())).toMatchObject(expected);
    expect((await world.admin.query(`select count(*) from ${acme.schema}.transactions`)).rows).toEqual(before.rows);
    expect([await balanceOf(from.id), await balanceOf(to.id)]).toEqual(['100', '0']);
  });

  it('with a key happens once, and its answer is repeated to the byte', async () => {
    const [from, to] = [await open(), await open()];
    await deposit(from.id, '100');
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => transfer(from.id, to.id, '100', {}, idempotencyKey)));
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect([await balanceOf(from.id), await balanceOf(to.id)]).toEqual(['0', '100']);
  });
});

describe('a reversal', () => {
  const reverse = (id: string, idempotencyKey?: string) =>
    client.reverseTransaction({ params: { id }, body: {}, ...(idempotencyKey ? { idempotencyKey } : {}) });

  it('posts the counter-entry, once', async () => {
    const { id } = await open();
    const original = await deposit(id, '300');
    await deposit(id, '50');
    const taken = await client.reverseTransaction({ params: { id: original.id }, body: { description: 'Twice' } });
    expect(taken.data).toMatchObject({
      kind: 'reversal',
      amountMinor: '-300',
      balanceAfterMinor: '50',
      reverses: original.id,
      description: 'Twice',
      accountVersion: 4,
    });
    expect((await client.getTransaction({ params: { id: original.id } })).data.reversedBy).toBe(taken.data.id);
    expect(await problemOf(reverse(original.id))).toMatchObject({ status: 409, code: 'transaction-reversed' });
    expect(await problemOf(reverse(taken.data.id))).toMatchObject({ status: 409, code: 'transaction-not-reversible' });
    expect(await problemOf(reverse(randomUUID()))).toMatchObject({ status: 404, code: 'not-found' });
    expect(await balanceOf(id)).toBe('50');
    await expectSound();
  });

  it('by thirty at once happens once; with one key all hear the same', async () => {
    const { id } = await open({ overdraftLimitMinor: '10000' });
    const [first, second] = [await deposit(id, '300'), await deposit(id, '300')];
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, () =>
        reverse(first.id).then(
          () => 'done',
          (error: ProblemError) => error.problem.code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['done', 'transaction-reversed']));
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 30 }, () => reverse(second.id, key)));
    expect(new Set(answers.map(({ data }) => data.id)).size).toBe(1);
    expect(await balanceOf(id)).toBe('0');
  });

  it('is refused when the money is gone, and keeps to the rules of any posting', async () => {
    const { id } = await open();
    const original = await deposit(id, '300');
    await post(id, { kind: 'withdrawal', amountMinor: '-1' });
    expect(await problemOf(reverse(original.id))).toMatchObject({ status: 409, code: 'insufficient-funds' });
    await client.updateAccount({ params: { id }, ifMatch: '"3"', body: { status: 'frozen' } });
    expect(await problemOf(reverse(original.id))).toMatchObject({ status: 409, code: 'account-not-active' });
  });

  it('of either side of a transfer takes both back', async () => {
    const [from, to] = [await open(), await open()];
    await deposit(from.id, '100');
    const { debit, credit } = (await client.createTransfer({ body: { fromAccountId: from.id, toAccountId: to.id, amountMinor: '100' } }))
      .data;
    const taken = (await reverse(credit.id)).data;
    expect(taken).toMatchObject({ accountId: to.id, amountMinor: '-100', reverses: credit.id });
    const back = (await client.getTransfer({ params: { id: taken.transferId ?? '' } })).data;
    expect([back.debit.id, back.credit.reverses]).toEqual([taken.id, debit.id]);
    expect([await balanceOf(from.id), await balanceOf(to.id)]).toEqual(['100', '0']);
    expect(await problemOf(reverse(debit.id))).toMatchObject({ code: 'transaction-reversed' });
    const spent = (await client.createTransfer({ body: { fromAccountId: from.id, toAccountId: to.id, amountMinor: '60' } })).data;
    await post(to.id, { kind: 'withdrawal', amountMinor: '-10' });
    expect(await problemOf(reverse(spent.debit.id))).toMatchObject({ code: 'insufficient-funds' });
    expect([await balanceOf(from.id), await balanceOf(to.id)]).toEqual(['40', '50']);
    await expectSound();
  });
});

describe('transactions of an account', () => {
  it('are listed booked last first, by period and kind, and walked while others are posted', async () => {
    const { id } = await open({ overdraftLimitMinor: '100000' });
    const made: Transaction[] = [];
    for (const day of [5, 3, 9, 1, 7, 3])
      made.push((await post(id, { kind: day % 2 ? 'deposit' : 'fee', amountMinor: '1', bookedAt: `2026-02-0${day}T12:00:00Z` })).data);
    const wanted = idsOf(
      [...made].sort((a, b) => (a.bookedAt === b.bookedAt ? b.accountVersion - a.accountVersion : a.bookedAt < b.bookedAt ? 1 : -1)),
    );
    const params = { id };
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.listAccountTransactions({
        params,
        query: { limit: 2, 'filter[bookedAt][lt]': '2026-02-28T00:00:00Z', ...(cursor ? { cursor } : {}) } as never,
      });
      seen.push(...idsOf(page.data.items));
      cursor = page.data.page.next ?? undefined;
      await deposit(id, '1');
    } while (cursor);
    expect(seen).toEqual(wanted);
    const between = { 'filter[bookedAt][gte]': '2026-02-03T00:00:00Z', 'filter[bookedAt][lt]': '2026-02-07T12:00:00Z' };
    expect(
      (await client.listAccountTransactions({ params, query: between as never })).data.items.map(({ bookedAt }) => bookedAt.slice(8, 10)),
    ).toEqual(['05', '03', '03']);
    await post(id, { kind: 'interest', amountMinor: '-3' });
    const interest = await client.listAccountTransactions({ params, query: { 'filter[kind]': 'interest' } as never });
    expect(interest.data.items.map(({ amountMinor }) => amountMinor)).toEqual(['-3']);
    expect(await problemOf(client.listAccountTransactions({ params: { id: randomUUID() }, query: {} }))).toMatchObject({
      code: 'not-found',
    });
  });

  it('make a statement whose opening balance and entries are its closing balance, over pages of one moment', async () => {
    const { id } = await open({ overdraftLimitMinor: '100000' });
    const book = (amountMinor: string, bookedAt: string) => post(id, { kind: 'adjustment', amountMinor, bookedAt });
    await book('100', '2026-01-31T23:59:59.999Z');
    await book('-30', '2026-02-15T00:00:00Z');
    await book('20', '2026-02-01T00:00:00Z');
    await book('7', '2026-03-01T00:00:00Z');
    await book('5', '2026-02-28T23:59:59.999Z');
    const period = { from: '2026-02-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
    const params = { id };
    const whole = (await client.accountStatement({ params, query: period })).data;
    expect(whole).toMatchObject({
      accountId: id,
      currency: 'EUR',
      from: '2026-02-01T00:00:00.000Z',
      openingBalanceMinor: '100',
      closingBalanceMinor: '95',
      totals: { creditMinor: '25', debitMinor: '30', count: 3 },
      page: { next: null, limit: 50 },
    });
    expect(whole.items.map(({ amountMinor }) => amountMinor)).toEqual(['20', '-30', '5']);

    const first = (await client.accountStatement({ params, query: { ...period, limit: 1 } })).data;
    await book('1000', '2026-02-20T00:00:00Z');
    const second = (await client.accountStatement({ params, query: { ...period, limit: 1, cursor: first.page.next ?? '' } })).data;
    const third = (await client.accountStatement({ params, query: { ...period, limit: 1, cursor: second.page.next ?? '' } })).data;
    expect([first, second, third].flatMap(({ items }) => items)).toEqual(whole.items);
    expect([second.closingBalanceMinor, third.closingBalanceMinor, third.page.next]).toEqual(['95', '95', null]);
    expect((await client.accountStatement({ params, query: period })).data.closingBalanceMinor).toBe('1095');

    const empty = (await client.accountStatement({ params, query: { from: '2025-01-01T00:00:00Z', to: '2025-02-01T00:00:00Z' } })).data;
    expect(empty).toMatchObject({ openingBalanceMinor: '0', closingBalanceMinor: '0', items: [], totals: { count: 0 } });
    const wrong = client.accountStatement({ params, query: { from: period.to, to: period.from } });
    expect(await problemOf(wrong)).toMatchObject({ code: 'invalid-request', errors: [{ pointer: '/query/to' }] });
    const elsewhere = client.accountStatement({
      params: { id: (await open()).id },
      query: { ...period, limit: 1, cursor: first.page.next ?? '' },
    });
    expect(await problemOf(elsewhere)).toMatchObject({ code: 'invalid-cursor' });
    expect(await problemOf(client.accountStatement({ params: { id: randomUUID() }, query: period }))).toMatchObject({ code: 'not-found' });
  });
});

describe('another tenant’s account and transactions', () => {
  it('are absent on every verb, exactly as ones that never were', async () => {
    const owner = (await other.createCustomer({ body: { name: 'Theirs' } })).data;
    const theirs = (await other.createAccount({ params: { id: owner.id }, body: { type: 'current', currency: 'EUR' } })).data;
    const second = (await other.createAccount({ params: { id: owner.id }, body: { type: 'current', currency: 'EUR' } })).data;
    const transaction = (await other.postTransaction({ params: { id: theirs.id }, body: { kind: 'deposit', amountMinor: '10' } })).data;
    const moved = (await other.createTransfer({ body: { fromAccountId: theirs.id, toAccountId: second.id, amountMinor: '1' } })).data;
    const own = await open({ overdraftLimitMinor: '100' });
    const ask = (account: string, posted: string, transfer: string) => [
      client.postTransaction({ params: { id: account }, body: { kind: 'deposit', amountMinor: '1' } }),
      client.listAccountTransactions({ params: { id: account }, query: {} }),
      client.accountStatement({ params: { id: account }, query: { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' } }),
      client.getTransaction({ params: { id: posted } }),
      client.reverseTransaction({ params: { id: posted }, body: {} }),
      client.getTransfer({ params: { id: transfer } }),
      client.createTransfer({ body: { fromAccountId: own.id, toAccountId: account, amountMinor: '1' } }),
      client.createTransfer({ body: { fromAccountId: account, toAccountId: own.id, amountMinor: '1' } }),
    ];
    const answers = await Promise.all(
      [ask(theirs.id, transaction.id, moved.id), ask(randomUUID(), randomUUID(), randomUUID())].map(async (calls) =>
        (await Promise.all(calls.map(problemOf))).map(({ status, code, detail, errors }) => ({ status, code, detail, errors })),
      ),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(new Set(answers[0]?.map(({ status }) => status))).toEqual(new Set([404]));
    expect((await other.getAccount({ params: { id: theirs.id }, query: {} })).data.balanceMinor).toBe('9');
    expect(await balanceOf(own.id)).toBe('0');
  });
});
