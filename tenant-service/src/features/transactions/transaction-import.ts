import { NewTransaction } from '@tenantry/contracts';
import { z } from 'zod';
import { TenantStatement } from '../../postgres/statement.ts';
import { countChunk, importStatement, sendChunk } from '../../transfer/import-statement.ts';
import type { ImportChunk, ImportContext, ImportEntry, ImportTarget, Refusal } from '../../transfer/import-target.ts';
import { refusalOf } from '../../transfer/refusal-of.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { postingCtes, VERDICTS } from './posting-statement.ts';

/** The account of a row: its id or its number. */
const Target = z.object({ accountId: z.uuid().optional(), accountNumber: z.string().min(1).max(34).optional() });

interface TransactionRow {
  readonly target: z.infer<typeof Target>;
  readonly transaction: NewTransaction;
}

type Chunk = ImportChunk<TransactionRow>;

/**
 * Transactions from a file, posted in its order by the very statement that posts single ones: balances, overdraft and account versions are its
 * matter. A row that is refused changes nothing for those behind it. A transaction has no key of its own: nothing is the same as another.
 */
export const transactionImport: ImportTarget<TransactionRow> = {
  resource: 'transactions',
  fields: [
    ...['accountId', 'accountNumber', 'kind', 'amountMinor', 'currency', 'bookedAt', 'reference', 'description'].map(
      (name) => ({ name, kind: 'text' }) as const,
    ),
    ...['id', 'accountVersion', 'balanceAfterMinor', 'createdAt', 'transferId', 'reverses', 'reversedBy'].map(
      (name) => ({ name, kind: 'text', readOnly: true }) as const,
    ),
  ],
  supports: ({ onConflict }) => onConflict === 'fail',
  prepare: async (context) => ({
    parse,
    write: (chunk) => write(context, chunk),
    check: (chunk) => check(context, chunk),
    explain: () => ({ code: 'refused', field: null, message: 'the database does not take this row' }),
  }),
};

function parse(fields: Readonly<Record<string, unknown>>): { value: TransactionRow } | { refusal: Refusal } {
  const { accountId, accountNumber, ...rest } = fields;
  const target = Target.safeParse({ accountId, accountNumber });
  if (!target.success) return { refusal: refusalOf(target.error) };
  if (accountId === undefined && accountNumber === undefined) {
    return { refusal: { code: 'invalid-value', field: 'accountId', message: 'or accountNumber is required' } };
  }
  const transaction = NewTransaction.safeParse(rest);
  if (!transaction.success) return { refusal: refusalOf(transaction.error) };
  if (transaction.data.bookedAt !== undefined && Date.parse(transaction.data.bookedAt) > Date.now() + CLOCKS_DIFFER_MS) {
    return { refusal: { code: 'invalid-value', field: 'bookedAt', message: 'must not be in the future' } };
  }
  return { value: { target: target.data, transaction: transaction.data } };
}

/** What another machine's clock may be ahead. */
const CLOCKS_DIFFER_MS = 60_000;

/** The entries with the ids of their accounts; those whose account is not there are refused. */
async function withAccounts({ door, tenant }: ImportContext, { entries }: Chunk) {
  const numbers = entries.flatMap(({ value }) => value?.target.accountNumber?.toLowerCase() ?? []);
  const wanted = entries.flatMap(({ value }) => value?.target.accountId?.toLowerCase() ?? []);
  const rows = await door.read(tenant, (tx) => tx.run(findAccounts, [wanted, numbers]));
  const known = new Map<string, string>();
  for (const { id, number } of rows as unknown as { id: string; number: string }[]) known.set(id, id).set(number, id);
  const accounts = new Map<number, string>();
  const judged = entries.map((entry): ImportEntry<TransactionRow> => {
    if (entry.refusal !== undefined) return entry;
    const { accountId, accountNumber } = (entry.value as TransactionRow).target;
    const id = known.get(accountId?.toLowerCase() ?? accountNumber?.toLowerCase() ?? '');
    if (id !== undefined) {
      accounts.set(entry.row, id);
      return entry;
    }
    const field = accountId === undefined ? 'accountNumber' : 'accountId';
    return { row: entry.row, original: entry.original, refusal: { code: 'unknown-reference', field, message: 'is no account' } };
  });
  return { judged, accounts };
}

async function write(context: ImportContext, chunk: Chunk): Promise<boolean> {
  const { door, tenant, actor, traceId, traceparent } = context;
  const { judged, accounts } = await withAccounts(context, chunk);
  const at = new Date().toISOString();
  const rows: string[] = [];
  const originals: { n: number; o: readonly string[] }[] = [];
  for (const { row, original, value } of judged) {
    if (value === undefined) continue;
    const { bookedAt = at, ...rest } = value.transaction;
    const ids = { id: uuidv7(), eventId: uuidv7(), accountId: accounts.get(row) };
    rows.push(JSON.stringify({ n: row, ...ids, ...rest, bookedAt, at, actor, traceId, traceparent }));
    originals.push({ n: row, o: original });
  }
  return await door.write(tenant, (tx) => sendChunk(tx, postRows, { ...chunk, entries: judged }, rows, JSON.stringify(originals)));
}

/** Whether there is money enough is only known when everything before it is posted: a dry run does not say. */
async function check(context: ImportContext, chunk: Chunk): Promise<boolean> {
  const { judged, accounts } = await withAccounts(context, chunk);
  const counts = JSON.stringify({ created: accounts.size, updated: 0, skipped: 0 });
  return await context.door.write(context.tenant, (tx) => sendChunk(tx, countChunk, { ...chunk, entries: judged }, [counts]));
}

const findAccounts = new TenantStatement(
  'tx_import_accounts',
  `select a.id, lower(a.number) as number from {schema}.accounts a where a.id = any ($1::uuid[])
   union select a.id, lower(a.number) from {schema}.accounts a where lower(a.number) = any ($2::text[])`,
);

/** $7 cells of the rows, by their number. */
const postRows = importStatement({
  name: 'tx_import',
  isRecursive: true,
  ctes: `${postingCtes('each', 'op cross join jsonb_to_recordset($5::jsonb)')}, outcome as materialized (select i.n, v.verdict from input i join (${VERDICTS.replace('select ', 'select i.n as place, ')}) v on v.place = i.n
)`,
  counts: `select (select count(*) from outcome where verdict = 'posted') as created, 0::int8 as updated, 0::int8 as skipped from op`,
  refusals: `select u.n, u.verdict, case u.verdict when 'currency-mismatch' then 'currency' when 'account-not-active' then 'accountId'
      else 'amountMinor' end, case u.verdict when 'currency-mismatch' then 'is not the currency of the account'
      when 'account-not-active' then 'takes no postings' when 'insufficient-funds' then 'is more than the account may go down'
      when 'balance-out-of-range' then 'makes a balance of more than 18 digits' else 'is no account' end,
    (select w.o from jsonb_to_recordset($7::jsonb) as w(n int, o jsonb) where w.n = u.n)
    from outcome u where u.verdict <> 'posted'`,
});
