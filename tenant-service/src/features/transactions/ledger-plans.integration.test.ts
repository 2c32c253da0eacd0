import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LedgerWorld, ledgerWorld } from '../../../testing/ledger-world.ts';
import type { TenantStatement } from '../../postgres/statement.ts';
import * as statements from './transaction-statements.ts';

let ledger: LedgerWorld;
let accountId: string;

/** Enough rows that reading all of them is never the cheapest way, of a busy account among others. */
beforeAll(async () => {
  ledger = await ledgerWorld();
  accountId = (await ledger.open()).id;
  const { id: other } = await ledger.open();
  const { schema } = ledger.acme;
  await ledger.world.admin.query(
    `insert into ${schema}.transactions (id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at)
    select uuidv7(), case when n % 2 = 0 then $1::uuid else $2::uuid end, n + 1, 'deposit', 1, 'EUR', n, at, at
    from generate_series(1, 40000) n cross join lateral (select now() - (40000 - n) * interval '10 minutes' as at) t`,
    [accountId, other],
  );
  await ledger.world.admin.query(`vacuum analyze ${schema}.transactions`);
});
afterAll(() => ledger?.[Symbol.asyncDispose]());

const NOBODY = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22';
const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

describe('what is asked of many transactions', () => {
  const questions: [string, TenantStatement, () => unknown[], string][] = [
    ['one by its id, and what reversed it', statements.findTransaction, () => [NOBODY], 'transactions_reversed_once'],
    ['the sides of a transfer', statements.findLegs, () => [NOBODY], 'transactions_of_transfer'],
    ['a transfer', statements.findTransfer, () => [NOBODY], 'transactions_of_transfer'],
    ['a statement', statements.statementBegin, () => [accountId, ago(3), ago(1), 51], 'transactions_of_account'],
    ['its next page', statements.statementContinue, () => [accountId, ago(3), 100, ago(1), 100_000, 51], 'transactions_of_account'],
  ];

  it.each(questions)('%s, is found by an index, planned for the values or once for all', async (_, statement, values, index) => {
    const { admin } = ledger.world;
    for (const mode of ['force_custom_plan', 'force_generic_plan']) {
      await admin.query(`set plan_cache_mode = ${mode}`);
      await admin.query(`prepare asked as ${statement.of(ledger.acme.schema).text}`);
      const given = values().map((value) => (typeof value === 'number' ? String(value) : `'${value}'`));
      const { rows } = await admin.query(`explain execute asked (${given.join(', ')})`);
      await admin.query('deallocate asked; reset plan_cache_mode');
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain(index);
      expect(plan).not.toContain('Seq Scan on transactions');
    }
  });

  it('a page of an account is read from the index in its order, without sorting all', async () => {
    const { admin } = ledger.world;
    const { schema } = ledger.acme;
    const { rows } = await admin.query(
      `explain select id from ${schema}.transactions t where t.account_id = '${accountId}'
      order by booked_at desc, account_version desc, id desc limit 51`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Index Scan Backward using transactions_of_account');
    expect(plan).toContain('Incremental Sort');
  });
});
