import { type Account, NewAccount } from '@tenantry/contracts';
import { z } from 'zod';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { TenantStatement } from '../../postgres/statement.ts';
import { countChunk, importStatement, sendChunk } from '../../transfer/import-statement.ts';
import type { ImportChunk, ImportContext, ImportEntry, ImportTarget, Refusal } from '../../transfer/import-target.ts';
import { refusalOf } from '../../transfer/refusal-of.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import { newAccountNumber } from './account-number.ts';

/** The customer of a row: its id, or the external id it was imported under. */
const Owner = z.object({ customerId: z.uuid().optional(), customerExternalId: z.string().min(1).max(200).optional() });

interface AccountRow {
  readonly owner: z.infer<typeof Owner>;
  readonly account: NewAccount;
}

type Chunk = ImportChunk<AccountRow>;

const UNKNOWN: Refusal = { code: 'unknown-reference', field: 'customerId', message: 'is no customer' };

/**
 * Accounts from a file, each of a customer that is there. They begin empty: balances are made by transactions. What exists already, by its
 * number, is refused or skipped.
 */
export const accountImport: ImportTarget<AccountRow> = {
  resource: 'accounts',
  fields: [
    ...['customerId', 'customerExternalId', 'number', 'name', 'type', 'currency', 'overdraftLimitMinor'].map(
      (name) => ({ name, kind: 'text' }) as const,
    ),
    ...['id', 'status', 'balanceMinor', 'version', 'createdAt', 'updatedAt'].map(
      (name) => ({ name, kind: 'text', readOnly: true }) as const,
    ),
  ],
  supports: ({ onConflict }) => onConflict !== 'update',
  prepare: async (context) => ({
    parse,
    write: (chunk) => write(context, chunk),
    check: (chunk) => check(context, chunk),
    explain: (error) =>
      brokenUnique(error) === undefined
        ? { code: 'refused', field: null, message: 'the database does not take this row' }
        : { code: 'conflict', field: 'number', message: 'is taken by another account' },
  }),
};

function parse(fields: Readonly<Record<string, unknown>>): { value: AccountRow } | { refusal: Refusal } {
  const { customerId, customerExternalId, ...rest } = fields;
  const owner = Owner.safeParse({ customerId, customerExternalId });
  if (!owner.success) return { refusal: refusalOf(owner.error) };
  if (customerId === undefined && customerExternalId === undefined) {
    return { refusal: { code: 'invalid-value', field: 'customerId', message: 'or customerExternalId is required' } };
  }
  const account = NewAccount.safeParse(rest);
  return account.success ? { value: { owner: owner.data, account: account.data } } : { refusal: refusalOf(account.error) };
}

/** The entries with the ids of their customers; those that name none are refused. */
async function withCustomers({ door, tenant }: ImportContext, { entries }: Chunk) {
  const names = entries.flatMap(({ value }) => value?.owner.customerExternalId ?? []);
  const rows = names.length === 0 ? [] : await door.read(tenant, (tx) => tx.run(findCustomers, [names]));
  const ids = new Map(rows.map(({ externalId, id }) => [externalId as string, id as string]));
  const owners = new Map<number, string>();
  const judged = entries.map((entry): ImportEntry<AccountRow> => {
    if (entry.refusal !== undefined) return entry;
    const { customerId, customerExternalId } = (entry.value as AccountRow).owner;
    const id = customerId?.toLowerCase() ?? ids.get(customerExternalId ?? '');
    if (id === undefined) return { row: entry.row, original: entry.original, refusal: { ...UNKNOWN, field: 'customerExternalId' } };
    owners.set(entry.row, id);
    return entry;
  });
  return { judged, owners };
}

async function write(context: ImportContext, chunk: Chunk): Promise<boolean> {
  const { door, tenant, rules, actor, traceId, traceparent } = context;
  const { judged, owners } = await withCustomers(context, chunk);
  const rows = judged.flatMap(({ row, original, value }) => {
    if (value === undefined) return [];
    const at = new Date().toISOString();
    const { number = newAccountNumber(Math.random), ...rest } = value.account;
    const document: Account = {
      ...{ id: uuidv7(), customerId: owners.get(row) as string, number, ...rest },
      ...{ status: 'active', balanceMinor: '0', version: 1, createdAt: at, updatedAt: at },
    };
    return [JSON.stringify({ d: document, e: uuidv7(), n: row, o: original })];
  });
  const who = JSON.stringify({ actor, traceId, traceparent });
  return await door.write(tenant, (tx) => sendChunk(tx, createRows, { ...chunk, entries: judged }, rows, who, rules.onConflict === 'skip'));
}

async function check(context: ImportContext, chunk: Chunk): Promise<boolean> {
  const { door, tenant, rules } = context;
  const { judged, owners } = await withCustomers(context, chunk);
  const numbers = judged.flatMap(({ value }) => value?.account.number?.toLowerCase() ?? []);
  const [found] = await door.read(tenant, (tx) => tx.run(findTaken, [numbers, [...owners.values()]]));
  const taken = new Set(found?.numbers as string[]);
  const live = new Set(found?.customers as string[]);
  const counts = { created: 0, updated: 0, skipped: 0 };
  const entries = judged.map((entry): ImportEntry<AccountRow> => {
    if (entry.refusal !== undefined) return entry;
    const { row, original } = entry;
    if (!live.has(owners.get(row) as string)) return { row, original, refusal: UNKNOWN };
    const number = (entry.value as AccountRow).account.number?.toLowerCase();
    if (number === undefined || !taken.has(number)) {
      counts.created += 1;
      if (number !== undefined) taken.add(number);
      return entry;
    }
    if (rules.onConflict === 'skip') {
      counts.skipped += 1;
      return entry;
    }
    return { row, original, refusal: { code: 'conflict', field: 'number', message: 'is taken by another account' } };
  });
  return await door.write(tenant, (tx) => sendChunk(tx, countChunk, { ...chunk, entries }, [JSON.stringify(counts)]));
}

const findCustomers = new TenantStatement(
  'accounts_import_cust',
  `select c.id, c.external_id as "externalId" from {schema}.customers c
   where c.external_id = any ($1::text[]) and c.external_id is not null and c.deleted_at is null`,
);

const findTaken = new TenantStatement(
  'accounts_taken',
  `select array(select lower(number) from {schema}.accounts where lower(number) = any ($1::text[])) as numbers,
    array(select c.id::text from {schema}.customers c where c.id = any ($2::uuid[]) and c.deleted_at is null) as customers`,
);

/** $7 who · $8 whether a number that exists is skipped. Customers are locked in the order of their ids and count their accounts, as for one. */
const createRows = importStatement({
  name: 'accounts_import',
  ctes: `input as materialized (
  select r.d as doc, r.e as event_id, r.n as row_number, r.o as original, w.*, f.*
  from op cross join jsonb_to_recordset($5::jsonb) as r(d jsonb, e uuid, n int8, o jsonb)
  cross join jsonb_to_record($7::jsonb) as w(actor text, "traceId" text, traceparent text)
  cross join lateral jsonb_to_record(r.d) as f(id uuid, "customerId" uuid, number text, name text, type text, currency text, status text,
    "overdraftLimitMinor" int8, "createdAt" timestamptz)
), locked as materialized (
  select c.id from {schema}.customers c
  where c.id = any (array(select "customerId" from input)) and c.deleted_at is null order by c.id for no key update
), written as (
  insert into {schema}.accounts (id, customer_id, number, name, type, currency, status, overdraft_limit_minor, version, settings_version,
    created_at, updated_at)
  select i.id, c.id, number, name, type, currency, status, "overdraftLimitMinor", 1, 1, "createdAt", "createdAt"
  from input i join locked c on c.id = i."customerId"
  on conflict do nothing returning id, customer_id
), counting as (
  update {schema}.customers c set open_accounts = c.open_accounts + w.accounts
  from (select customer_id, count(*)::int as accounts from written group by customer_id) w where c.id = w.customer_id
), new as materialized (select i.* from input i join written using (id)
), remembered as (
  insert into {schema}.history (aggregate, aggregate_id, version, changed_at, actor, trace_id, change, after)
  select 'account', id, 1, "createdAt", actor, "traceId", 'created', doc from new
), announced as (
  insert into tenantry.outbox (id, type, aggregate, aggregate_id, version, occurred_at, traceparent, data)
  select event_id, 'dev.tenantry.account.created.v1', 'account', id, 1, "createdAt", traceparent, jsonb_build_object('account', doc) from new
), left_out as materialized (
  select i.*, l.id is null as is_unknown from input i left join locked l on l.id = i."customerId"
  where not exists (select from written w where w.id = i.id)
)`,
  counts: `select (select count(*) from written) as created, 0::int8 as updated,
    case when $8::boolean then (select count(*) from left_out where not is_unknown) else 0 end as skipped from op`,
  refusals: `select l.row_number, case when is_unknown then 'unknown-reference' else 'conflict' end,
    case when is_unknown then 'customerId' else 'number' end, case when is_unknown then 'is no customer' else 'is taken by another account' end,
    l.original from left_out l where is_unknown or not $8::boolean`,
});
