import { randomUUID } from 'node:crypto';
import type { ProblemError, TenantryClient } from '@tenantry/contracts';
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

describe('a transfer', () => {
  const transfer = (fromAccountId: string, toAccountId: string, amountMinor: string, more: object = {}, idempotencyKey?: string) =>
    client.createTransfer({ body: { fromAccountId, toAccountId, amountMinor, ...more }, ...(idempotencyKey ? { idempotencyKey } : {}) });

  it('moves money with one posting on each side, linked to each other', async () => {
    const [from, to] = [await ledger.open(), await ledger.open()];
    await ledger.deposit(from.id, '1000');
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
    expect([await ledger.balanceOf(from.id), await ledger.balanceOf(to.id)]).toEqual(['600', '400']);
    await ledger.expectSound();
  });

  it('happens whole or not at all, and says which side refused', async () => {
    const [from, to, yen, frozen] = [await ledger.open(), await ledger.open(), await ledger.open({ currency: 'JPY' }), await ledger.open()];
    await ledger.deposit(from.id, '100');
    await client.updateAccount({ params: { id: frozen.id }, ifMatch: '"1"', body: { status: 'frozen' } });
    const before = await ledger.world.admin.query(`select count(*) from ${ledger.acme.schema}.transactions`);
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
    expect((await ledger.world.admin.query(`select count(*) from ${ledger.acme.schema}.transactions`)).rows).toEqual(before.rows);
    expect([await ledger.balanceOf(from.id), await ledger.balanceOf(to.id)]).toEqual(['100', '0']);
  });

  it('with a key happens once, and its answer is repeated to the byte', async () => {
    const [from, to] = [await ledger.open(), await ledger.open()];
    await ledger.deposit(from.id, '100');
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => transfer(from.id, to.id, '100', {}, idempotencyKey)));
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect([await ledger.balanceOf(from.id), await ledger.balanceOf(to.id)]).toEqual(['0', '100']);
  });
});

describe('a reversal', () => {
  const reverse = (id: string, idempotencyKey?: string) =>
    client.reverseTransaction({ params: { id }, body: {}, ...(idempotencyKey ? { idempotencyKey } : {}) });

  it('posts the counter-entry, once', async () => {
    const { id } = await ledger.open();
    const original = await ledger.deposit(id, '300');
    await ledger.deposit(id, '50');
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
    expect(await ledger.balanceOf(id)).toBe('50');
    await ledger.expectSound();
  });

  it('by thirty at once happens once; with one key all hear the same', async () => {
    const { id } = await ledger.open({ overdraftLimitMinor: '10000' });
    const [first, second] = [await ledger.deposit(id, '300'), await ledger.deposit(id, '300')];
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
    expect(await ledger.balanceOf(id)).toBe('0');
  });

  it('is refused when the money is gone, and keeps to the rules of any posting', async () => {
    const { id } = await ledger.open();
    const original = await ledger.deposit(id, '300');
    await ledger.post(id, { kind: 'withdrawal', amountMinor: '-1' });
    expect(await problemOf(reverse(original.id))).toMatchObject({ status: 409, code: 'insufficient-funds' });
    await client.updateAccount({ params: { id }, ifMatch: '"3"', body: { status: 'frozen' } });
    expect(await problemOf(reverse(original.id))).toMatchObject({ status: 409, code: 'account-not-active' });
  });

  it('of either side of a transfer takes both back', async () => {
    const [from, to] = [await ledger.open(), await ledger.open()];
    await ledger.deposit(from.id, '100');
    const { debit, credit } = (await client.createTransfer({ body: { fromAccountId: from.id, toAccountId: to.id, amountMinor: '100' } }))
      .data;
    const taken = (await reverse(credit.id)).data;
    expect(taken).toMatchObject({ accountId: to.id, amountMinor: '-100', reverses: credit.id });
    const back = (await client.getTransfer({ params: { id: taken.transferId ?? '' } })).data;
    expect([back.debit.id, back.credit.reverses]).toEqual([taken.id, debit.id]);
    expect([await ledger.balanceOf(from.id), await ledger.balanceOf(to.id)]).toEqual(['100', '0']);
    expect(await problemOf(reverse(debit.id))).toMatchObject({ code: 'transaction-reversed' });
    const spent = (await client.createTransfer({ body: { fromAccountId: from.id, toAccountId: to.id, amountMinor: '60' } })).data;
    await ledger.post(to.id, { kind: 'withdrawal', amountMinor: '-10' });
    expect(await problemOf(reverse(spent.debit.id))).toMatchObject({ code: 'insufficient-funds' });
    expect([await ledger.balanceOf(from.id), await ledger.balanceOf(to.id)]).toEqual(['40', '50']);
    await ledger.expectSound();
  });
});
