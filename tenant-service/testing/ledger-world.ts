import type { Account, TenantryClient, Transaction } from '@tenantry/contracts';
import { expect } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from './service-world.ts';

type NewAccount = Parameters<TenantryClient['createAccount']>[0]['body'];
type NewTransaction = Parameters<TenantryClient['postTransaction']>[0]['body'];

/** Two tenants, one of them with a customer whose accounts tests open and move money between. */
export interface LedgerWorld extends AsyncDisposable {
  readonly world: ServiceWorld;
  readonly api: RunningApi;
  readonly acme: TestTenant;
  readonly client: TenantryClient;
  /** Of another tenant. */
  readonly other: TenantryClient;
  readonly open: (wishes?: Partial<NewAccount>) => Promise<Account>;
  readonly post: (accountId: string, body: NewTransaction, idempotencyKey?: string) => ReturnType<TenantryClient['postTransaction']>;
  readonly deposit: (accountId: string, amountMinor: string) => Promise<Transaction>;
  readonly balanceOf: (accountId: string) => Promise<string>;
  /** Fails unless all that must always hold of acme's accounts does. */
  readonly expectSound: () => Promise<void>;
}

export async function ledgerWorld(): Promise<LedgerWorld> {
  const world = await serviceWorld();
  const acme = await world.addTenant('acme');
  const globex = await world.addTenant('globex');
  const api = await world.startApi();
  const client = api.client(await world.token(acme));
  const other = api.client(await world.token(globex, { subject: 'person-2' }));
  const customerId = (await client.createCustomer({ body: { name: 'Owner' } })).data.id;
  const post: LedgerWorld['post'] = (id, body, idempotencyKey) =>
    client.postTransaction({ params: { id }, body, ...(idempotencyKey ? { idempotencyKey } : {}) });
  return {
    world,
    api,
    acme,
    client,
    other,
    open: async (wishes = {}) =>
      (await client.createAccount({ params: { id: customerId }, body: { type: 'current', currency: 'EUR', ...wishes } })).data,
    post,
    deposit: async (id, amountMinor) => (await post(id, { kind: 'deposit', amountMinor })).data,
    balanceOf: async (id) => (await client.getAccount({ params: { id } })).data.balanceMinor,
    expectSound: () => expectSound(world, acme),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/**
 * The balance is the sum and keeps to its limit; transactions lead from one balance to the next; versions have no gaps; changes, history and
 * events are one each; of a transfer there are two sides that make zero.
 */
async function expectSound(world: ServiceWorld, { schema }: TestTenant): Promise<void> {
  const { rows: wrongAccounts } = await world.admin.query(`
    select a.id from ${schema}.accounts a
    left join lateral (select coalesce(sum(amount_minor), 0) as sum, count(*) as count from ${schema}.transactions where account_id = a.id) t on true
    left join lateral (select count(*) as count, max(version) as max, count(*) filter (where change = 'posted') as posted
      from ${schema}.history where aggregate_id = a.id) h on true
    left join lateral (select count(*) as count from tenantry.outbox where aggregate_id = a.id) o on true
    where a.balance_minor <> t.sum or a.balance_minor < -a.overdraft_limit_minor
      or a.version <> h.count or a.version <> h.max or h.posted <> t.count or o.count <> h.count`);
  const { rows: wrongSteps } = await world.admin.query(`
    select id from (
      select id, amount_minor, balance_after_minor, created_at,
        lag(balance_after_minor, 1, 0) over postings as balance_before, lag(created_at) over postings as created_before
      from ${schema}.transactions window postings as (partition by account_id order by account_version)
    ) t where balance_before + amount_minor <> balance_after_minor or created_at < created_before`);
  const { rows: wrongTransfers } = await world.admin.query(`
    select transfer_id from ${schema}.transactions where transfer_id is not null
    group by transfer_id having count(*) <> 2 or sum(amount_minor) <> 0 or count(distinct account_id) <> 2`);
  expect({ wrongAccounts, wrongSteps, wrongTransfers }).toEqual({ wrongAccounts: [], wrongSteps: [], wrongTransfers: [] });
}
