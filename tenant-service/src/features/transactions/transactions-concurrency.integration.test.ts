import { randomUUID } from 'node:crypto';
import { ProblemError, type TenantryClient } from '@tenantry/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerWorld, ledgerWorld } from '../../../testing/ledger-world.ts';

let ledger: LedgerWorld;
/** Two replicas: what one process puts in order for itself proves nothing. */
let clients: TenantryClient[];

beforeAll(async () => {
  ledger = await ledgerWorld();
  const second = await ledger.world.startApi();
  clients = [ledger.client, second.client(await ledger.world.token(ledger.acme))];
});
afterAll(() => ledger?.[Symbol.asyncDispose]());

const at = (place: number): TenantryClient => clients[place % clients.length] as TenantryClient;

/** `posted`, or the problem's code. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'posted',
    (error: unknown) => {
      if (error instanceof ProblemError) return error.problem.code;
      throw error;
    },
  );
const count = (outcomes: readonly string[], wanted: string): number => outcomes.filter((one) => one === wanted).length;
const postedTo = async (id: string): Promise<number> => {
  const { rows } = await ledger.world.admin.query(
    `select count(*)::int as count from ${ledger.acme.schema}.transactions where account_id = $1`,
    [id],
  );
  return rows[0].count;
};

describe('two hundred postings at once on one account', () => {
  it('lose nothing: every one is there, and the balance is their sum', async () => {
    const { id } = await ledger.open();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, place) =>
        at(place).postTransaction({ params: { id }, body: { kind: 'deposit', amountMinor: String(place + 1) } }),
      ),
    );
    expect(await ledger.balanceOf(id)).toBe('20100');
    expect(answers.map(({ data }) => data.accountVersion).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, place) => place + 2),
    );
    expect(await postedTo(id)).toBe(200);
    // Of the many that share a millisecond, the last one counts.
    const account = (await ledger.client.getAccount({ params: { id } })).data;
    expect((await ledger.client.getAccount({ params: { id }, query: { asOf: account.updatedAt } })).data).toEqual(account);
    await ledger.expectSound();
  });

  it('that want more than there is: as many as there is money for, and each other one hears why', async () => {
    const { id } = await ledger.open({ overdraftLimitMinor: '20' });
    await ledger.deposit(id, '100');
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, place) =>
        outcome(at(place).postTransaction({ params: { id }, body: { kind: 'withdrawal', amountMinor: '-1' } })),
      ),
    );
    expect([count(outcomes, 'posted'), count(outcomes, 'insufficient-funds')]).toEqual([120, 80]);
    expect(await ledger.balanceOf(id)).toBe('-20');
    await ledger.expectSound();
  });

  it('a small one is not refused because a large one beside it was', async () => {
    const { id } = await ledger.open();
    await ledger.deposit(id, '100');
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, place) =>
        outcome(at(place).postTransaction({ params: { id }, body: { kind: 'withdrawal', amountMinor: place % 2 ? '-1000' : '-1' } })),
      ),
    );
    expect(outcomes.map((one) => one === 'posted')).toEqual(outcomes.map((_, place) => place % 2 === 0));
    expect(await ledger.balanceOf(id)).toBe('0');
  });

  it('each sent twice with its key, some of them refused: one effect and one answer a key', async () => {
    const { id } = await ledger.open({ overdraftLimitMinor: '500' });
    const wishes = Array.from({ length: 100 }, (_, place) => ({
      amountMinor: String(place % 3 === 0 ? 40 : -30),
      idempotencyKey: randomUUID(),
    }));
    const send = (place: number, replica: number) => {
      const { amountMinor, idempotencyKey } = wishes[place] as (typeof wishes)[number];
      return at(replica)
        .postTransaction({ params: { id }, body: { kind: 'adjustment', amountMinor }, idempotencyKey })
        .then(
          ({ data }) => data.id,
          (error: ProblemError) => error.problem.code,
        );
    };
    const heard = await Promise.all(wishes.flatMap((_, place) => [send(place, 0), send(place, 1)]));
    const refusals = heard.filter((one) => one === 'insufficient-funds').length;
    expect(refusals).toBeGreaterThan(0);
    wishes.forEach((_, place) => {
      // A refusal is not remembered, so of two attempts one may be refused and the other one posted later.
      const ids = new Set([heard[2 * place], heard[2 * place + 1]].filter((one) => one !== 'insufficient-funds'));
      expect(ids.size).toBeLessThanOrEqual(1);
    });
    const posted = new Set(heard.filter((one) => one !== 'insufficient-funds'));
    expect(await postedTo(id)).toBe(posted.size);
    await ledger.deposit(id, '100000');
    const late = await Promise.all(wishes.map((_, place) => send(place, place)));
    late.forEach((one, place) => {
      const earlier = [heard[2 * place], heard[2 * place + 1]].find((other) => other !== 'insufficient-funds');
      if (earlier !== undefined) expect(one).toBe(earlier);
    });
    expect(new Set(late).size).toBe(100);
    expect(await postedTo(id)).toBe(101);
    await ledger.expectSound();
  });
});

describe('transfers in all directions at once', () => {
  it('never wait for each other in a circle, and make and lose no money', async () => {
    const accounts = await Promise.all(Array.from({ length: 5 }, () => ledger.open({ overdraftLimitMinor: '100' })));
    for (const { id } of accounts) await ledger.deposit(id, '1000');
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, place) => {
        const [from, to] = [accounts[place % 5], accounts[(place + 1 + (place % 4)) % 5]];
        return outcome(
          at(place).createTransfer({
            body: { fromAccountId: from?.id ?? '', toAccountId: to?.id ?? '', amountMinor: String(1 + ((place * 37) % 400)) },
          }),
        );
      }),
    );
    expect(new Set(outcomes)).toEqual(new Set(['posted', 'insufficient-funds']));
    const balances = await Promise.all(accounts.map(({ id }) => ledger.balanceOf(id)));
    expect(balances.reduce((sum, balance) => sum + Number(balance), 0)).toBe(5000);
    await ledger.expectSound();
  });

  it('of several currencies share a statement without being taken for one', async () => {
    const currencies = ['EUR', 'JPY', 'KWD'];
    const pairs = await Promise.all(
      currencies.map(
        async (currency) => [await ledger.open({ currency, overdraftLimitMinor: '2000' }), await ledger.open({ currency })] as const,
      ),
    );
    const made = await Promise.all(
      Array.from({ length: 90 }, (_, place) => {
        const [from, to] = pairs[place % 3] as (typeof pairs)[number];
        return at(place).createTransfer({ body: { fromAccountId: from.id, toAccountId: to.id, amountMinor: String(place + 1) } });
      }),
    );
    made.forEach(({ data }, place) => {
      expect([data.currency, data.amountMinor, data.debit.amountMinor]).toEqual([
        currencies[place % 3],
        String(place + 1),
        `-${place + 1}`,
      ]);
      expect(data.credit).toMatchObject({ transferId: data.id, accountId: pairs[place % 3]?.[1].id });
    });
    await ledger.expectSound();
  });
});

describe('anything at once', () => {
  it('keeps what must always hold, while accounts are frozen, limited and reversed beside it', async () => {
    const step = fc.record({
      kind: fc.constantFrom('post', 'post', 'post', 'transfer', 'reverse', 'freeze', 'limit'),
      account: fc.nat(2),
      amount: fc.integer({ min: -300, max: 300 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
        const accounts = await Promise.all(Array.from({ length: 3 }, () => ledger.open({ overdraftLimitMinor: '200' })));
        const deposits = await Promise.all(accounts.map(({ id }) => ledger.deposit(id, '300')));
        const id = (place: number): string => accounts[place % 3]?.id ?? '';
        await Promise.all(
          steps.map(({ kind, account, amount }, place) => {
            const client = at(place);
            const params = { id: id(account) };
            switch (kind) {
              case 'transfer':
                return outcome(
                  client.createTransfer({
                    body: { fromAccountId: id(account), toAccountId: id(account + 1), amountMinor: String(Math.abs(amount) + 1) },
                  }),
                );
              case 'reverse':
                return outcome(
                  client.reverseTransaction({ params: { id: deposits[account]?.id ?? '' }, body: {}, idempotencyKey: 'the-reversal' }),
                );
              case 'freeze':
                return outcome(client.updateAccount({ params, ifMatch: '"1"', body: { status: amount < 0 ? 'frozen' : 'active' } }));
              case 'limit':
                return outcome(client.updateAccount({ params, ifMatch: '"1"', body: { overdraftLimitMinor: String(Math.abs(amount)) } }));
              default:
                return outcome(
                  client.postTransaction({
                    params,
                    body: { kind: 'adjustment', amountMinor: String(amount || 1) },
                    idempotencyKey: `${params.id}-${place % 7}-${amount}`,
                  }),
                );
            }
          }),
        );
        await ledger.expectSound();
      }),
      { numRuns: 12 },
    );
  });
});
