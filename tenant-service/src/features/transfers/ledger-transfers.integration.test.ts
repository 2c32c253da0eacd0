import { randomUUID } from 'node:crypto';
import type { ImportResult, LongOperation, TenantryClient } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';
import { type TransferWorld, transferWorld } from '../../../testing/transfer-world.ts';

let world: ServiceWorld;
let transfers: TransferWorld;
let acme: TestTenant;
let client: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  transfers = await transferWorld(world);
  acme = await world.addTenant('acme');
  const api = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  client = api.client(await world.token(acme));
  await transfers.startWorker();
});
afterAll(async () => {
  await transfers?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

async function imported(resource: 'customers' | 'accounts' | 'transactions', text: string, query: object = {}): Promise<ImportResult> {
  const { data } = await client.createImport({
    query: { resource, ...query },
    body: text,
    contentType: 'text/csv',
    idempotencyKey: randomUUID(),
  });
  let operation: LongOperation | undefined;
  await eventually(
    async () => {
      operation = (await client.getOperation({ params: { id: data.id } })).data;
      expect(operation.status).toBe('succeeded');
    },
    { limitMs: 30_000 },
  );
  return operation?.result as ImportResult;
}
const stream = async (resource: 'customers' | 'accounts' | 'transactions') =>
  await new Response((await client.streamExport({ query: { resource } })).data).text();

it('customers, their accounts and their transactions come in from three files, with balances as if posted one by one', async () => {
  await imported('customers', 'externalId,name\nc1,Ada\nc2,Grace\n');
  const accountsFile =
    'customerExternalId,number,type,currency,overdraftLimitMinor\nc1,A-1,current,EUR,500\nc1,A-2,savings,EUR,\nc2,A-3,current,USD,\nc9,A-4,current,EUR,\nc2,a-1,current,EUR,\n';
  const dry = await imported('accounts', accountsFile, { dryRun: 'true' });
  const accounts = await imported('accounts', accountsFile);
  expect(accounts).toMatchObject({ created: 3, failed: 2 });
  expect(accounts.firstErrors.map(({ row, code, field }) => [row, code, field])).toEqual([
    [4, 'unknown-reference', 'customerExternalId'],
    [5, 'conflict', 'number'],
  ]);
  expect(dry).toMatchObject({ created: 3, failed: 2, firstErrors: accounts.firstErrors });
  expect(await imported('accounts', accountsFile, { onConflict: 'skip' })).toMatchObject({ created: 0, skipped: 4, failed: 1 });

  const transactions = await imported(
    'transactions',
    [
      'accountNumber,kind,amountMinor,currency,bookedAt,reference',
      'A-1,deposit,1000,EUR,2026-01-05T10:00:00Z,=R1',
      'A-1,withdrawal,-1400,EUR,,R2',
      'A-1,withdrawal,-101,EUR,,too much',
      'A-1,withdrawal,-100,,,R4',
      'A-3,deposit,700,EUR,,wrong currency',
      'A-9,deposit,700,,,no account',
      'A-3,deposit,-1,,,wrong sign',
      'A-2,deposit,25,,2999-01-01T00:00:00Z,in the future',
      'A-2,deposit,25,,,R9',
    ].join('\n'),
  );
  expect(transactions).toMatchObject({ created: 4, failed: 5 });
  expect(transactions.firstErrors.map(({ row, code, field }) => [row, code, field])).toEqual([
    [3, 'insufficient-funds', 'amountMinor'],
    [5, 'currency-mismatch', 'currency'],
    [6, 'unknown-reference', 'accountNumber'],
    [7, 'invalid-value', 'amountMinor'],
    [8, 'invalid-value', 'bookedAt'],
  ]);
  const { items } = (await client.listAccounts({ query: { sort: 'number' } })).data;
  expect(items.map(({ number, balanceMinor, version }) => [number, balanceMinor, version])).toEqual([
    ['A-1', '-500', 4],
    ['A-2', '25', 2],
    ['A-3', '0', 1],
  ]);
  const { rows } = await world.admin.query(
    `select (select count(*)::int from ${acme.schema}.history) as history, (select count(*)::int from tenantry.outbox where aggregate <> 'import') as outbox,
      (select sum(open_accounts)::int from ${acme.schema}.customers) as open`,
  );
  expect(rows[0]).toEqual({ history: 9, outbox: 9, open: 3 });
});

it('accounts and transactions go out as they are answered, guarded and whole', async () => {
  const [header, ...lines] = (await stream('transactions')).split('\r\n');
  const first = lines.find((line) => line.includes(',deposit,1000,'));
  expect(header).toMatch(/^id,accountId,accountVersion,kind,amountMinor,currency,balanceAfterMinor,/);
  expect(first).toContain(',deposit,1000,EUR,1000,2026-01-05T10:00:00.000Z,');
  expect(first).toContain(",'=R1,");
  expect(await stream('accounts')).toContain(',A-1,,current,EUR,active,500,-500,');
});

it('an export takes the filters of the list, and refuses others at once', async () => {
  const body = { resource: 'accounts', format: 'ndjson', filter: { currency: 'USD' } } as const;
  const { data } = await client.createExport({ body, idempotencyKey: randomUUID() });
  await eventually(
    async () => {
      const { result } = (await client.getOperation({ params: { id: data.id } })).data;
      expect((result as { rows: number } | null)?.rows).toBe(1);
    },
    { limitMs: 30_000 },
  );
  for (const filter of [{ colour: 'red' }, { 'currency[like]': 'U' }, { deleted: 'true' }, { ']': '1' }]) {
    await expect(client.createExport({ body: { resource: 'customers', filter } as never })).rejects.toMatchObject({
      problem: { status: 400, code: 'invalid-request' },
    });
  }
});

it('a dedicated tenant’s replicas pass imports and exports on to the platform’s, which hold the keys of bucket and queue', async () => {
  const globex = await world.addTenant('globex', { dedicated: true });
  const pooled = await world.startApi({ redis: transfers.redis, s3: transfers.s3 });
  const own = await world.startApi({
    tenantId: globex.tenantId,
    rows: world.login(globex.login?.user ?? '', globex.login?.password ?? ''),
    registry: world.login(globex.login?.user ?? '', globex.login?.password ?? ''),
    pooledUrl: pooled.url,
  });
  const theirs = own.client(await world.token(globex));
  const mapping = JSON.stringify({ Kunde: 'name' });
  const { data, status } = await theirs.createImport({
    query: { resource: 'customers', mapping, dryRun: 'false' },
    body: 'Kunde\nMüller\n',
    contentType: 'text/csv',
    idempotencyKey: randomUUID(),
  });
  expect(status).toBe(202);
  await eventually(async () => expect((await theirs.getOperation({ params: { id: data.id } })).data.status).toBe('succeeded'), {
    limitMs: 30_000,
  });
  expect((await theirs.listCustomers({})).data.items.map(({ name }) => name)).toEqual(['Müller']);
  const file = await theirs.streamExport({ query: { resource: 'customers', format: 'ndjson' } });
  expect(await new Response(file.data).text()).toContain('Müller');
});
