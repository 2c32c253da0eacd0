import { rowsOf } from './cell-eye.ts';
import { holds } from './holds.ts';
import type { TestTenant } from './test-tenant.ts';
import type { Archived } from './verify-archives.ts';

interface AccountRow {
  readonly id: string;
  readonly version: number;
  readonly balance: string;
  /** What left for the archive came to. */
  readonly archived: string;
  readonly changes: readonly { readonly version: number; readonly change: string }[];
  readonly transactions: readonly { readonly version: number; readonly amount: string }[];
}

/**
 * I2 of accounts: versions have no gaps; every posting has its transaction, once, in the table or in a file; the balance is what they come to, and what
 * left is the sum its account says. Returns how many accounts there are.
 */
export async function everyBalanceIsItsTransactions({ name }: TestTenant, archived: Archived): Promise<number> {
  const accounts = await rowsOf<AccountRow>(
    name,
    `select a.id, a.version, a.balance_minor::text as balance, a.archived_minor::text as archived,
       (select coalesce(json_agg(json_build_object('version', h.version, 'change', h.change)), '[]') from {schema}.history h
         where h.aggregate = 'account' and h.aggregate_id = a.id) as changes,
       (select coalesce(json_agg(json_build_object('version', t.account_version, 'amount', t.amount_minor::text)), '[]')
         from {schema}.transactions t where t.account_id = a.id) as transactions
     from {schema}.accounts a`,
  );
  for (const { id, version, balance, archived: sum, changes, transactions } of accounts) {
    const what = `account ${id} of ${name}`;
    const goneChanges = archived.history.filter(({ aggregateId }) => aggregateId === id);
    const gone = archived.transactions
      .filter(({ accountId }) => accountId === id)
      .map(({ accountVersion, amountMinor }) => ({ version: accountVersion, amount: amountMinor }));
    const versions = [...changes, ...goneChanges].toSorted((a, b) => a.version - b.version);
    holds(
      `I2: versions of ${what}`,
      versions.map((each) => each.version),
      Array.from({ length: version }, (_, at) => at + 1),
    );
    const all = [...transactions, ...gone];
    holds(
      `I2: transactions of ${what} = its postings`,
      all.map((each) => each.version).toSorted((a, b) => a - b),
      versions.filter(({ change }) => change === 'posted').map((each) => each.version),
    );
    holds(`I2: the balance of ${what}`, balance, sumOf(all));
    holds(`I2: what ${what} says of the archive`, sum, sumOf(gone));
  }
  return accounts.length;
}

function sumOf(transactions: readonly { readonly amount: string }[]): string {
  return String(transactions.reduce((sum, { amount }) => sum + BigInt(amount), 0n));
}
