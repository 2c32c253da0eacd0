import { randomUUID } from 'node:crypto';
import { type Account, ProblemError } from '@tenantry/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerWorld, ledgerWorld } from '../../../testing/ledger-world.ts';

let ledger: LedgerWorld;

beforeAll(async () => {
  ledger = await ledgerWorld();
});
afterAll(() => ledger?.[Symbol.asyncDispose]());

/** One step of a random program. Accounts and earlier transactions are named by number, modulo how many there are. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('post' as const), account: fc.nat(3), amount: fc.integer({ min: -400, max: 300 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('transfer' as const),
      account: fc.nat(3),
      to: fc.nat(3),
      amount: fc.integer({ min: 1, max: 300 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reverse' as const), transaction: fc.nat(50) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('limit' as const), account: fc.nat(3), limit: fc.integer({ min: 0, max: 500 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('status' as const), account: fc.nat(3), status: fc.constantFrom('active', 'frozen', 'closed') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Entry {
  readonly id: string;
  readonly account: number;
  readonly amount: number;
  readonly transfer: string | undefined;
  readonly isReversal: boolean;
  isReversed: boolean;
}

/** What a ledger is, without a database: a refused step changes nothing. */
class Model {
  readonly accounts: { balance: number; limit: number; status: string; currency: string }[];
  readonly entries: Entry[] = [];

  constructor(accounts: readonly Account[]) {
    this.accounts = accounts.map(({ overdraftLimitMinor, currency }) => ({
      balance: 0,
      limit: Number(overdraftLimitMinor),
      status: 'active',
      currency,
    }));
  }

  /** The first reason against adding these amounts, in their order. */
  refusal(changes: readonly [account: number, amount: number][]): string | undefined {
    const currencies = new Set(changes.map(([account]) => this.accounts[account]?.currency));
    for (const [at, amount] of changes) {
      const account = this.accounts[at];
      if (account?.status !== 'active') return 'account-not-active';
      if (currencies.size > 1) return 'currency-mismatch';
      if (account.balance + amount < -account.limit) return 'insufficient-funds';
    }
    return undefined;
  }
}

/** Runs a program against service and model and holds every answer to the model's. */
async function run(program: readonly Step[]): Promise<void> {
  const { client, open } = ledger;
  const accounts = [
    await open(),
    await open({ type: 'credit', overdraftLimitMinor: '500' }),
    await open({ overdraftLimitMinor: '50' }),
    await open({ currency: 'JPY', overdraftLimitMinor: '100' }),
  ];
  const model = new Model(accounts);
  let repeat: (() => Promise<string>) | undefined;

  /** The problem's code, or what `done` makes of the answer. */
  const outcome = <Answer>(call: Promise<Answer>, done: (answer: Answer) => string = () => 'done'): Promise<string> =>
    call.then(done, (error: unknown) => {
      if (error instanceof ProblemError) return error.problem.code;
      throw error;
    });

  for (const one of program) {
    if (one.do === 'again') {
      // The same request with the same key: the same answer, and nothing happens twice.
      if (repeat) expect(await repeat()).toBe('replayed');
      continue;
    }
    const idempotencyKey = randomUUID();
    if (one.do === 'post') {
      if (one.amount === 0) continue;
      const { account, amount } = one;
      const call = () =>
        client.postTransaction({
          params: { id: accounts[account]?.id ?? '' },
          body: { kind: 'adjustment', amountMinor: String(amount) },
          idempotencyKey,
        });
      const refusal = model.refusal([[account, amount]]);
      const heard = await outcome(call(), ({ data }) => {
        model.entries.push({ id: data.id, account, amount, transfer: undefined, isReversal: false, isReversed: false });
        return 'done';
      });
      expect(heard).toBe(refusal ?? 'done');
      if (!refusal) {
        (model.accounts[account] as { balance: number }).balance += amount;
        repeat = () => outcome(call(), ({ replayed }) => (replayed ? 'replayed' : 'done'));
      }
    } else if (one.do === 'transfer') {
      const { account, to, amount } = one;
      const call = () =>
        client.createTransfer({
          body: { fromAccountId: accounts[account]?.id ?? '', toAccountId: accounts[to]?.id ?? '', amountMinor: String(amount) },
          idempotencyKey,
        });
      const changes: [number, number][] = [
        [account, -amount],
        [to, amount],
      ];
      const refusal = account === to ? 'invalid-request' : model.refusal(changes);
      const heard = await outcome(call(), ({ data }) => {
        for (const [leg, at, change] of [
          [data.debit, account, -amount],
          [data.credit, to, amount],
        ] as const)
          model.entries.push({ id: leg.id, account: at, amount: change, transfer: data.id, isReversal: false, isReversed: false });
        return 'done';
      });
      expect(heard).toBe(refusal ?? 'done');
      if (!refusal) {
        for (const [at, change] of changes) (model.accounts[at] as { balance: number }).balance += change;
        repeat = () => outcome(call(), ({ replayed }) => (replayed ? 'replayed' : 'done'));
      }
    } else if (one.do === 'reverse') {
      const original = model.entries[one.transaction % Math.max(1, model.entries.length)];
      if (original === undefined) continue;
      const together =
        original.transfer === undefined
          ? [original]
          : [original, ...model.entries.filter((entry) => entry !== original && entry.transfer === original.transfer)];
      const changes = together.map(({ account, amount }): [number, number] => [account, -amount]);
      const refusal = original.isReversal
        ? 'transaction-not-reversible'
        : original.isReversed
          ? 'transaction-reversed'
          : model.refusal(changes);
      const call = () => client.reverseTransaction({ params: { id: original.id }, body: {}, idempotencyKey });
      const heard = await outcome(call(), ({ data }) => {
        model.entries.push({
          id: data.id,
          account: original.account,
          amount: -original.amount,
          transfer: data.transferId ?? undefined,
          isReversal: true,
          isReversed: false,
        });
        return 'done';
      });
      expect(heard).toBe(refusal ?? 'done');
      if (!refusal) {
        for (const entry of together) entry.isReversed = true;
        for (const [at, change] of changes) (model.accounts[at] as { balance: number }).balance += change;
        repeat = () => outcome(call(), ({ replayed }) => (replayed ? 'replayed' : 'done'));
      }
    } else {
      const account = model.accounts[one.account] as Model['accounts'][number];
      const params = { id: accounts[one.account]?.id ?? '' };
      const { etag } = await client.getAccount({ params });
      const body = one.do === 'limit' ? { overdraftLimitMinor: String(one.limit) } : { status: one.status as 'active' };
      const refusal =
        one.do === 'limit'
          ? account.balance < -one.limit
            ? 'insufficient-funds'
            : undefined
          : one.status === 'closed' && account.balance !== 0
            ? 'account-not-empty'
            : undefined;
      expect(await outcome(client.updateAccount({ params, ifMatch: etag ?? '', body }))).toBe(refusal ?? 'done');
      if (!refusal) Object.assign(account, one.do === 'limit' ? { limit: one.limit } : { status: one.status });
    }
  }
  const balances = await Promise.all(accounts.map(({ id }) => ledger.balanceOf(id)));
  expect(balances).toEqual(model.accounts.map(({ balance }) => String(balance)));
}

describe('any program of postings, transfers, reversals and changes', () => {
  it('answers and ends as a ledger without a database would', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), run), { numRuns: 25, endOnFailure: false });
    await ledger.expectSound();
  });
});
