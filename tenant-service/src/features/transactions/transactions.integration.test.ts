import { randomUUID } from 'node:crypto';
import { type TenantryClient, type Transaction, transactionEvents } from '@tenantry/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerWorld, ledgerWorld } from '../../../testing/ledger-world.ts';
import { problemOf } from '../../../testing/problem-of.ts';

let ledger: LedgerWorld;
let client: TenantryClient;

beforeAll(async () => {
  ledger = await ledgerWorld();
  client = ledger.client;
});
afterAll(() => ledger?.[Symbol.asyncDispose]());

const idsOf = (items: readonly { id: string }[]): string[] => items.map(({ id }) => id);

describe('a posting', () => {
  it('is there afterwards with the balance: by id, in the list, in history, with its event waiting', async () => {
    const { id } = await ledger.open();
    const body = {
      kind: 'deposit',
      amountMinor: '1250',
      reference: 'INV-1',
      description: 'Zahlung für Müller',
      bookedAt: '2026-01-02T03:04:05+01:00',
      currency: 'EUR',
    } as const;
    const made = await ledger.post(id, body);
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
    const { rows } = await ledger.world.admin.query(
      'select writer, type, aggregate, version, data from tenantry.outbox where aggregate_id = $1 and version = 2',
      [id],
    );
    expect(rows).toEqual([
      {
        writer: ledger.acme.appRole,
        type: 'dev.tenantry.transaction.posted.v1',
        aggregate: 'account',
        version: 2,
        data: { transaction: made.data },
      },
    ]);
    expect(transactionEvents['dev.tenantry.transaction.posted.v1'].safeParse(rows[0].data).success).toBe(true);
    await ledger.expectSound();
  });

  it('has the sign its kind asks for, and a time that is not to come', async () => {
    const { id } = await ledger.open({ overdraftLimitMinor: '1000' });
    for (const [kind, amountMinor] of [
      ['deposit', '-1'],
      ['withdrawal', '1'],
      ['fee', '1'],
      ['adjustment', '0'],
      ['deposit', '1.5'],
      ['deposit', '1000000000000000000'],
    ] as const) {
      expect(await problemOf(ledger.post(id, { kind, amountMinor }))).toMatchObject({ status: 400, errors: [{ pointer: '/amountMinor' }] });
    }
    for (const [kind, amountMinor] of [
      ['deposit', '1'],
      ['withdrawal', '-1'],
      ['fee', '-1'],
      ['interest', '-1'],
      ['interest', '1'],
      ['adjustment', '-1'],
    ] as const)
      await ledger.post(id, { kind, amountMinor });
    expect(await ledger.balanceOf(id)).toBe('-2');
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect(await problemOf(ledger.post(id, { kind: 'deposit', amountMinor: '1', bookedAt: future }))).toMatchObject({
      errors: [{ pointer: '/bookedAt' }],
    });
    for (const bookedAt of ['0000-01-01T00:00:00Z', '1899-12-31T23:59:59Z', '2026-13-01T00:00:00Z', '2026-01-01'])
      expect(await problemOf(ledger.post(id, { kind: 'deposit', amountMinor: '1', bookedAt })), bookedAt).toMatchObject({
        code: 'invalid-request',
      });
    expect(await problemOf(ledger.post(id, { kind: 'transfer' as never, amountMinor: '1' }))).toMatchObject({ code: 'invalid-request' });
  });

  it('goes down to the overdraft limit and not below; what was refused left nothing', async () => {
    const { id } = await ledger.open({ overdraftLimitMinor: '100' });
    await ledger.deposit(id, '50');
    const refused = await problemOf(ledger.post(id, { kind: 'withdrawal', amountMinor: '-151' }));
    expect(refused).toMatchObject({ status: 409, code: 'insufficient-funds', errors: [{ pointer: '/amountMinor' }] });
    expect(refused.detail).toContain('-101');
    expect((await ledger.post(id, { kind: 'withdrawal', amountMinor: '-150' })).data.balanceAfterMinor).toBe('-100');
    expect(await problemOf(ledger.post(id, { kind: 'fee', amountMinor: '-1' }))).toMatchObject({ code: 'insufficient-funds' });
    expect((await client.getAccount({ params: { id }, query: {} })).data.version).toBe(3);
    await ledger.expectSound();
  });

  it('never makes a balance of more than eighteen digits', async () => {
    const { id } = await ledger.open({ type: 'loan', overdraftLimitMinor: '999999999999999999' });
    await ledger.deposit(id, '999999999999999999');
    expect(await problemOf(ledger.deposit(id, '1'))).toMatchObject({ status: 409, code: 'balance-out-of-range' });
    await ledger.post(id, { kind: 'withdrawal', amountMinor: '-999999999999999999' });
    await ledger.post(id, { kind: 'withdrawal', amountMinor: '-999999999999999999' });
    expect(await problemOf(ledger.post(id, { kind: 'withdrawal', amountMinor: '-1' }))).toMatchObject({ code: 'balance-out-of-range' });
    expect(await ledger.balanceOf(id)).toBe('-999999999999999999');
  });

  it('in another currency, or on a frozen account, is refused', async () => {
    const { id } = await ledger.open({ currency: 'JPY' });
    expect(await problemOf(ledger.post(id, { kind: 'deposit', amountMinor: '1', currency: 'EUR' }))).toMatchObject({
      status: 409,
      code: 'currency-mismatch',
    });
    await client.updateAccount({ params: { id }, ifMatch: '"1"', body: { status: 'frozen' } });
    expect(await problemOf(ledger.deposit(id, '1'))).toMatchObject({ status: 409, code: 'account-not-active' });
    expect(await problemOf(ledger.deposit(randomUUID(), '1'))).toMatchObject({
      status: 404,
      code: 'not-found',
      detail: 'There is no such account.',
    });
  });

  it('cannot be changed or deleted, not even by the tenant’s own role', async () => {
    for (const privilege of ['UPDATE', 'DELETE', 'TRUNCATE']) {
      const { rows } = await ledger.world.admin.query('select has_table_privilege($1, $2, $3) as may', [
        ledger.acme.appRole,
        `${ledger.acme.schema}.transactions`,
        privilege,
      ]);
      expect(rows).toEqual([{ may: false }]);
    }
  });
});

describe('an Idempotency-Key of a posting', () => {
  it('counts once in fifty requests at once, over two replicas', async () => {
    const { id } = await ledger.open();
    const clients = [client, (await ledger.world.startApi()).client(await ledger.world.token(ledger.acme))];
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
    expect(await ledger.balanceOf(id)).toBe('7');
  });

  it('repeats the answer even when the first attempt took the money the repetition would need', async () => {
    const { id } = await ledger.open();
    await ledger.deposit(id, '100');
    const idempotencyKey = randomUUID();
    const first = await ledger.post(id, { kind: 'withdrawal', amountMinor: '-100' }, idempotencyKey);
    const again = await ledger.post(id, { kind: 'withdrawal', amountMinor: '-100' }, idempotencyKey);
    expect([again.replayed, again.data]).toEqual([true, first.data]);
    expect(await ledger.balanceOf(id)).toBe('0');
  });

  it('with another amount or account is refused; after a refusal it is still good', async () => {
    const [one, two] = [await ledger.open(), await ledger.open()];
    const idempotencyKey = randomUUID();
    for (let at = 0; at < 2; at += 1)
      expect(await problemOf(ledger.post(one.id, { kind: 'fee', amountMinor: '-5' }, idempotencyKey))).toMatchObject({
        code: 'insufficient-funds',
      });
    await ledger.deposit(one.id, '5');
    expect((await ledger.post(one.id, { kind: 'fee', amountMinor: '-5' }, idempotencyKey)).replayed).toBe(false);
    await ledger.deposit(two.id, '5');
    expect(await problemOf(ledger.post(two.id, { kind: 'fee', amountMinor: '-5' }, idempotencyKey))).toMatchObject({
      status: 422,
      code: 'idempotency-key-reused',
    });
    expect(await problemOf(ledger.post(one.id, { kind: 'fee', amountMinor: '-4' }, idempotencyKey))).toMatchObject({
      code: 'idempotency-key-reused',
    });
    expect([await ledger.balanceOf(one.id), await ledger.balanceOf(two.id)]).toEqual(['0', '5']);
  });
});

describe('transactions of an account', () => {
  it('are listed booked last first, by period and kind, and walked while others are posted', async () => {
    const { id } = await ledger.open({ overdraftLimitMinor: '100000' });
    const made: Transaction[] = [];
    for (const day of [5, 3, 9, 1, 7, 3])
      made.push(
        (await ledger.post(id, { kind: day % 2 ? 'deposit' : 'fee', amountMinor: '1', bookedAt: `2026-02-0${day}T12:00:00Z` })).data,
      );
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
      await ledger.deposit(id, '1');
    } while (cursor);
    expect(seen).toEqual(wanted);
    const between = { 'filter[bookedAt][gte]': '2026-02-03T00:00:00Z', 'filter[bookedAt][lt]': '2026-02-07T12:00:00Z' };
    expect(
      (await client.listAccountTransactions({ params, query: between as never })).data.items.map(({ bookedAt }) => bookedAt.slice(8, 10)),
    ).toEqual(['05', '03', '03']);
    await ledger.post(id, { kind: 'interest', amountMinor: '-3' });
    const interest = await client.listAccountTransactions({ params, query: { 'filter[kind]': 'interest' } as never });
    expect(interest.data.items.map(({ amountMinor }) => amountMinor)).toEqual(['-3']);
    expect(await problemOf(client.listAccountTransactions({ params: { id: randomUUID() }, query: {} }))).toMatchObject({
      code: 'not-found',
    });
  });

  it('make a statement whose opening balance and entries are its closing balance, over pages of one moment', async () => {
    const { id } = await ledger.open({ overdraftLimitMinor: '100000' });
    const book = (amountMinor: string, bookedAt: string) => ledger.post(id, { kind: 'adjustment', amountMinor, bookedAt });
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
      params: { id: (await ledger.open()).id },
      query: { ...period, limit: 1, cursor: first.page.next ?? '' },
    });
    expect(await problemOf(elsewhere)).toMatchObject({ code: 'invalid-cursor' });
    expect(await problemOf(client.accountStatement({ params: { id: randomUUID() }, query: period }))).toMatchObject({ code: 'not-found' });
  });
});

describe('another tenant’s account and transactions', () => {
  it('are absent on every verb, exactly as ones that never were', async () => {
    const owner = (await ledger.other.createCustomer({ body: { name: 'Theirs' } })).data;
    const theirs = (await ledger.other.createAccount({ params: { id: owner.id }, body: { type: 'current', currency: 'EUR' } })).data;
    const second = (await ledger.other.createAccount({ params: { id: owner.id }, body: { type: 'current', currency: 'EUR' } })).data;
    const transaction = (await ledger.other.postTransaction({ params: { id: theirs.id }, body: { kind: 'deposit', amountMinor: '10' } }))
      .data;
    const moved = (await ledger.other.createTransfer({ body: { fromAccountId: theirs.id, toAccountId: second.id, amountMinor: '1' } }))
      .data;
    const own = await ledger.open({ overdraftLimitMinor: '100' });
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
    expect((await ledger.other.getAccount({ params: { id: theirs.id }, query: {} })).data.balanceMinor).toBe('9');
    expect(await ledger.balanceOf(own.id)).toBe('0');
  });
});
