import { randomUUID } from 'node:crypto';
import { type Operation, operations, type TenantryClient } from '@tenantry/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
/** Path up to its parameter → what the neighbour has there. */
let foreign: Record<string, string>;

beforeAll(async () => {
  world = await serviceWorld();
  api = await world.startApi();
  acme = await world.addTenant('acme');
  foreign = await everythingOf(await world.addTenant('globex'));
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** One of each thing that has an address. */
async function everythingOf(tenant: TestTenant): Promise<Record<string, string>> {
  const client: TenantryClient = api.client(await world.token(tenant, { subject: 'person-1' }));
  const customer = (await client.createCustomer({ body: { name: 'Neighbour', externalId: 'crm-1' } })).data;
  const merged = (await client.createCustomer({ body: { name: 'Neighbour again' } })).data;
  const merge = (await client.mergeCustomer({ params: { id: customer.id }, ifMatch: '"1"', body: { from: merged.id, fromVersion: 1 } }))
    .data;
  const open = async () =>
    (
      await client.createAccount({
        params: { id: customer.id },
        body: { type: 'current', currency: 'EUR', overdraftLimitMinor: '1000' },
      })
    ).data;
  const [account, other] = [await open(), await open()];
  const transaction = (await client.postTransaction({ params: { id: account.id }, body: { kind: 'deposit', amountMinor: '500' } })).data;
  const transfer = (await client.createTransfer({ body: { fromAccountId: account.id, toAccountId: other.id, amountMinor: '100' } })).data;
  const view = (await client.createView({ body: { name: 'Mine', resource: 'customers', visibility: 'shared' } })).data;
  const webhook = (await client.createWebhookEndpoint({ body: { url: 'https://1.1.1.1/hooks' } })).data;
  const test = (await client.testWebhookEndpoint({ params: { id: webhook.endpoint.id } })).data;
  const operation = randomUUID();
  await world.admin.query(
    `insert into ${tenant.schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
     values ($1, 'import', 'succeeded', '{}', 'person-1', 't', 't', now())`,
    [operation],
  );
  const report = randomUUID();
  await world.admin.query(
    `with accepted as (
       insert into ${tenant.schema}.operations (id, kind, status, request, actor, trace_id, traceparent, created_at)
       values ($1, 'report', 'queued', '{}', 'person-1', 't', 't', now()) returning id
     )
     insert into ${tenant.schema}.reports (id, report, parameters, format, time_zone, as_of, created_at)
     select id, 'customer-segments', '{}', 'csv', 'UTC', now(), now() from accepted`,
    [report],
  );
  const archive = randomUUID();
  await world.admin.query(
    `insert into ${tenant.schema}.archives (id, kind, state, cut, is_last, object_key, row_count, bytes, sha256, first_id, first_version, last_id,
       last_version, oldest_at, newest_at, removed_at)
     values ($1, 'history', 'removed', now(), true, 'k', 1, 1, 's', $2, 1, $2, 1, now(), now(), now())`,
    [archive, customer.id],
  );
  const schedule = (await client.createReportSchedule({ body: { name: 'Daily', report: 'customer-segments', cron: '0 6 * * *' } })).data;
  const type = 'com.example.thing-1';
  await client.putEventSchema({ params: { type }, ifMatch: '"0"', body: { schema: { type: 'object' } } });
  return {
    '/v1/event-schemas/': type,
    '/v1/archives/': archive,
    '/v1/reports/': report,
    '/v1/report-schedules/': schedule.id,
    '/v1/customers/': customer.id,
    '/v1/customers/by-external-id/': 'crm-1',
    '/v1/merges/': merge.id,
    '/v1/accounts/': account.id,
    '/v1/transactions/': transaction.id,
    '/v1/transfers/': transfer.id,
    '/v1/views/': view.id,
    '/v1/webhook-endpoints/': webhook.endpoint.id,
    '/v1/webhook-deliveries/': test.id,
    '/v1/imports/': operation,
    '/v1/operations/': operation,
  };
}

/** What an operation cannot be asked without. */
const QUERIES: Readonly<Record<string, string>> = { accountStatement: '?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z' };

/** Where things are called by a name. */
const NOBODYS_NAME: Readonly<Record<string, string>> = {
  '/v1/customers/by-external-id/': 'crm-9',
  '/v1/event-schemas/': 'com.example.thing-9',
};

/** What makes or finds the caller's own thing under any name; and those whose things live in Keycloak, tested with it. */
const isExempt = ({ id, tag }: Operation): boolean =>
  id === 'putCustomerByExternalId' || id === 'putEventSchema' || tag === 'Users' || tag === 'Machine clients';
const addressed = Object.values<Operation>(operations).filter((operation) => operation.path.includes('{') && !isExempt(operation));

it.each(addressed.map((operation) => [operation.id, operation] as const))(
  '%s answers for another tenant’s id exactly as for one that is nobody’s (H14)',
  async (_id, operation) => {
    const prefix = operation.path.slice(0, operation.path.indexOf('{'));
    const theirs = foreign[prefix];
    if (theirs === undefined) throw new Error(`make one thing under ${prefix} in everythingOf`);
    const nobodys = NOBODYS_NAME[prefix] ?? randomUUID();
    const [one, two] = [await ask(operation, theirs), await ask(operation, nobodys)];
    expect(one).toEqual(two);
    expect(one.status).toBe(404);
  },
);

it.each<[keyof typeof operations, (id: (kind: string) => string) => unknown]>([
  ['createTransfer', (id) => ({ fromAccountId: id('/v1/accounts/'), toAccountId: id('/v1/accounts/'), amountMinor: '1' })],
  ['batchCustomers', (id) => ({ items: [{ action: 'delete', id: id('/v1/customers/'), version: 1 }] })],
])('%s treats another tenant’s id in its body as one that is nobody’s', async (id, bodyOf) => {
  const operation: Operation = operations[id];
  const nobodys = randomUUID();
  const theirs = await ask(
    operation,
    '',
    bodyOf((kind) => foreign[kind] ?? ''),
  );
  expect(theirs).toEqual(
    await ask(
      operation,
      '',
      bodyOf(() => nobodys),
    ),
  );
});

/** The answer with what differs between any two requests, and the id itself, taken out. */
async function ask(operation: Operation, id: string, body?: unknown): Promise<{ status: number; headers: string[]; text: string }> {
  const { body: kind } = operation;
  const sent = kind === undefined || kind.kind === 'upload' ? undefined : JSON.stringify(body ?? kind.example);
  const response = await fetch(api.url + operation.path.replace(/\{\w+\}/, id).replace('{source}', 'crm') + (QUERIES[operation.id] ?? ''), {
    method: operation.method,
    headers: {
      authorization: `Bearer ${await world.token(acme)}`,
      ...(sent === undefined ? {} : { 'content-type': kind?.kind === 'json' ? 'application/json' : 'application/merge-patch+json' }),
      ...(operation.conditional ? { 'if-match': '"1"' } : {}),
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = (await response.text()).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>').replaceAll(/(crm|com\.example\.thing)-\d/g, '<id>');
  return { status: response.status, headers: [...response.headers.keys()].sort(), text };
}
