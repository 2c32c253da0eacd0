import { randomUUID } from 'node:crypto';
import type { ClientBase } from 'pg';

/** What a tenant had when, as a test made it up; the database gets the same. */
export interface ReportData {
  readonly customers: readonly ReportCustomer[];
  readonly accounts: readonly ReportAccount[];
  readonly transactions: readonly ReportTransaction[];
}

export interface ReportCustomer {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  /** Oldest first; without status when the customer is not there from then on. */
  readonly versions: readonly { readonly at: string; readonly status?: string; readonly segment?: string | null }[];
}

export interface ReportAccount {
  readonly id: string;
  readonly customerId: string;
  readonly number: string;
  readonly type: string;
  readonly currency: string;
  readonly createdAt: string;
  readonly closedAt: string | null;
}

export interface ReportTransaction {
  readonly id: string;
  readonly accountId: string;
  readonly version: number;
  readonly kind: string;
  readonly amountMinor: bigint;
  readonly bookedAt: string;
  readonly createdAt: string;
  readonly description: string | null;
}

const FIRST = Date.UTC(2026, 0, 1);
const LAST = Date.UTC(2026, 11, 1);

/** A year of a small bank. `random` gives numbers from 0 to 1. */
export function makeReportData(random: () => number): ReportData {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const between = (from: number, to: number): string => new Date(Math.floor(from + random() * (to - from))).toISOString();
  const customers = Array.from({ length: 60 }, (_, at): ReportCustomer => {
    const createdAt = between(FIRST, LAST);
    let last = Date.parse(createdAt);
    const versions = [
      { at: createdAt, status: 'active', segment: pick(['retail', 'corporate', null]) },
    ] as ReportCustomer['versions'][number][];
    for (let more = Math.floor(random() * 4); more > 0; more -= 1) {
      last += 1 + Math.floor(random() * 40 * 86_400_000);
      const isThere = versions.at(-1)?.status !== undefined;
      const next = { status: pick(['active', 'inactive', 'blocked']), segment: pick(['retail', 'corporate', null]) };
      versions.push({ at: new Date(last).toISOString(), ...(isThere && random() < 0.4 ? {} : next) });
    }
    return { id: randomUUID(), name: pick(['=cmd|A1', 'Ada "Countess", L.', 'Zoë\tTab', 'Grace']) + at, createdAt, versions };
  });
  const accounts = Array.from({ length: 90 }, (_, at): ReportAccount => {
    const customer = pick(customers);
    const createdAt = between(Date.parse(customer.createdAt), LAST);
    return {
      id: randomUUID(),
      customerId: customer.id,
      number: `DE${at}`,
      type: pick(['current', 'savings', 'credit', 'loan']),
      currency: pick(['EUR', 'JPY', 'KWD']),
      createdAt,
      closedAt: random() < 0.2 ? between(Date.parse(createdAt), LAST) : null,
    };
  });
  const transactions = accounts.flatMap((account) => {
    let posted = Date.parse(account.createdAt);
    return Array.from({ length: Math.floor(random() * 30) }, (_, at): ReportTransaction => {
      posted += 1 + Math.floor(random() * 5 * 86_400_000);
      // Larger than a double counts exactly, so that whoever adds in floating point is found out.
      const size = BigInt(1 + Math.floor(random() * 1_000_000)) * (random() < 0.1 ? 100_000_000_001n : 1n);
      return {
        id: randomUUID(),
        accountId: account.id,
        version: at + 2,
        kind: pick(['deposit', 'withdrawal', 'fee', 'interest', 'adjustment']),
        amountMinor: random() < 0.5 ? size : -size,
        bookedAt: new Date(posted - Math.floor(random() * 20 * 86_400_000)).toISOString(),
        createdAt: new Date(posted).toISOString(),
        description: pick([null, '=1+1', 'rent\nNovember', 'a\\b', "it's"]),
      };
    });
  });
  return { customers, accounts, transactions };
}

/** What an event would tell of: a version of a customer or an account. */
export interface ReportChange {
  readonly aggregate: string;
  readonly id: string;
  readonly version: number;
  readonly at: string;
  readonly change: string;
}

/** Writes it as the service would have, with the times it says. Returns every change of it. */
export async function storeReportData(admin: ClientBase, schema: string, data: ReportData): Promise<readonly ReportChange[]> {
  const ofCustomer = ({ id, name, createdAt, versions }: ReportCustomer) =>
    versions.map(({ at, status }, place) => {
      const was = versions[place - 1]?.status;
      const change = place === 0 ? 'created' : status === undefined ? 'deleted' : was === undefined ? 'restored' : 'updated';
      const document = (version: number) => {
        const { status, segment } = versions[version - 1] ?? {};
        return status === undefined ? null : { id, name, status, segment, createdAt, version };
      };
      return { aggregate: 'customer', id, version: place + 1, at, change, before: document(place), after: document(place + 1) };
    });
  const ofAccount = ({ id, customerId, type, currency, createdAt, closedAt }: ReportAccount) => {
    const open = { id, customerId, type, currency, status: 'active' };
    const closing = { before: open, after: { ...open, status: 'closed' } };
    return [
      { aggregate: 'account', id, version: 1, at: createdAt, change: 'created', before: null, after: open },
      ...(closedAt === null ? [] : [{ aggregate: 'account', id, version: 1000, at: closedAt, change: 'updated', ...closing }]),
    ];
  };
  const ofPosting = ({ id, accountId, version, createdAt }: ReportTransaction) => {
    const documents = { before: {}, after: { transactionId: id } };
    return { aggregate: 'account', id: accountId, version, at: createdAt, change: 'posted', ...documents };
  };
  const history: ReportChange[] = [
    ...data.customers.flatMap(ofCustomer),
    ...data.accounts.flatMap(ofAccount),
    ...data.transactions.map(ofPosting),
  ];
  await admin.query(
    `insert into ${schema}.customers (id, name, status, segment, version, created_at, updated_at, deleted_at)
     select id, name, coalesce(status, 'active'), segment, version, "createdAt", "createdAt", case when status is null then "createdAt" end
     from jsonb_to_recordset($1::jsonb) as f(id uuid, name text, status text, segment text, version int, "createdAt" timestamptz)`,
    [JSON.stringify(data.customers.map(({ versions, ...customer }) => ({ ...customer, ...versions.at(-1), version: versions.length })))],
  );
  await admin.query(
    `insert into ${schema}.accounts (id, customer_id, number, type, currency, status, overdraft_limit_minor, version, settings_version, created_at, updated_at)
     select id, "customerId", number, type, currency, 'active', 0, 1, 1, "createdAt", "createdAt"
     from jsonb_to_recordset($1::jsonb) as f(id uuid, "customerId" uuid, number text, type text, currency text, "createdAt" timestamptz)`,
    [JSON.stringify(data.accounts)],
  );
  await admin.query(
    `insert into ${schema}.transactions (id, account_id, account_version, kind, amount_minor, currency, balance_after_minor, booked_at, created_at, description)
     select f.id, "accountId", f.version, kind, "amountMinor", a.currency, 0, "bookedAt", f."createdAt", description
     from jsonb_to_recordset($1::jsonb) as f(id uuid, "accountId" uuid, version int, kind text, "amountMinor" bigint, "bookedAt" timestamptz,
       "createdAt" timestamptz, description text) join ${schema}.accounts a on a.id = "accountId"`,
    [JSON.stringify(data.transactions.map((each) => ({ ...each, amountMinor: String(each.amountMinor) })))],
  );
  await admin.query(
    `insert into ${schema}.history (aggregate, aggregate_id, version, changed_at, actor, change, before, after)
     select aggregate, id, version, at, 'test', change, nullif(before, 'null'::jsonb), nullif(after, 'null'::jsonb)
     from jsonb_to_recordset($1::jsonb) as f(aggregate text, id uuid, version int, at timestamptz, change text, before jsonb, after jsonb)`,
    [JSON.stringify(history)],
  );
  return history;
}
