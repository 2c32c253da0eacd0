import { type Customer, NewCustomer, type TenantryClient } from '@tenantry/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';
import { type ModelDoor, modelDoor } from '../tenancy/model-door.ts';
import { uuidv7 } from '../uuid-v7.ts';
import { type AccountRow, toAccount } from './account-model.ts';
import { toCustomer } from './customer-model.ts';
import type { HistoryRow } from './history-model.ts';
import { type TransactionRow, toTransaction } from './transaction-model.ts';

/*
 * Rows are reached in two ways: by hand-written SQL where it is hot, by models where it is convenient. They must not differ by a letter.
 */

let world: ServiceWorld;
let acme: TestTenant;
let api: RunningApi;
let client: TenantryClient;
let door: ModelDoor;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme');
  api = await world.startApi();
  client = api.client(await world.token(acme));
  door = modelDoor({
    login: world.login(world.cell.logins.api, world.cell.passwords.api),
    applicationName: 'test/models',
    connections: 1,
    connectionsPerTenant: 1,
  });
});
afterAll(async () => {
  await door?.close();
  await world?.[Symbol.asyncDispose]();
});

/** Everything that has ever broken an ORM's escaping, beside whatever else there is. */
const nasty = fc.constantFrom(
  `' or 1=1--`,
  `\\' \\"`,
  '{a,"b",NULL}',
  'NULL',
  '$1 :name ? ??',
  '$tag$ $$',
  'ARRAY[1]',
  'a\nb\tc\u0001',
  '😀 田中 مرحبا ‮ e\u0301 \ufeff',
  '::jsonb',
  '%_\\',
);
const text = (maxLength: number) =>
  fc
    .oneof(nasty, fc.string({ unit: 'grapheme', maxLength }), fc.string({ unit: 'binary', maxLength }))
    .map((value) => `x${value.toWellFormed().replaceAll('\0', '')}`.slice(0, maxLength))
    .filter((value) => value.isWellFormed());
const attributes = fc
  .dictionary(text(20), fc.oneof(fc.jsonValue({ maxDepth: 3 }), text(20), fc.double({ noNaN: true, noDefaultInfinity: true })), {
    maxKeys: 5,
  })
  .filter((value) => NewCustomer.safeParse({ name: 'x', attributes: value }).success)
  // As JSON has it: no -0, no undefined.
  .map((value) => JSON.parse(JSON.stringify(value)) as Customer['attributes']);
const body = fc.record({
  externalId: fc.option(text(40).map((value) => `${value.slice(0, 30)}${uuidv7()}`)),
  name: text(60),
  email: fc.option(fc.uuid().map((id) => `${id}@example.org`)),
  phone: fc.option(fc.integer({ min: 10_000, max: 99_999_999 }).map((number) => `+49${number}`)),
  status: fc.constantFrom('active' as const, 'inactive' as const, 'blocked' as const),
  segment: fc.option(text(30)),
  tags: fc.array(text(20), { maxLength: 5 }),
  attributes,
});

const byModel = (id: string) =>
  door.read(acme, async ({ customers }, transaction) => {
    const row = await customers.findByPk(id, { transaction });
    return row === null ? undefined : toCustomer(row);
  });
const byStatement = async (id: string) => (await client.getCustomer({ params: { id } })).data;

describe('models and statements', () => {
  it('read the same of what a statement wrote: document and history', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (fields) => {
        const made = (await client.createCustomer({ body: fields })).data;
        expect(made).toMatchObject({ ...fields });
        const read = await byStatement(made.id);
        const model = await byModel(made.id);
        expect(model).toEqual(read);
        // Property by property in the same order, so the same bytes but for the keys inside of attributes, whose order is the database's.
        expect(JSON.stringify({ ...model, attributes: null })).toBe(JSON.stringify({ ...read, attributes: null }));
        expect(read).toEqual(made);
        const [version] = await door.read(acme, ({ history }, transaction) =>
          history.findAll({ where: { aggregateId: made.id }, transaction }),
        );
        const [told] = (await client.customerHistory({ params: { id: made.id }, query: {} })).data.items;
        expect([version?.after, version?.changedAt.toISOString(), version?.actor, version?.traceId, version?.change]).toEqual([
          told?.after,
          told?.changedAt,
          told?.actor,
          told?.traceId,
          told?.change,
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('read the same of what a model wrote and changed, and find it by the same values', async () => {
    const instant = fc.integer({ min: Date.parse('1970-01-02'), max: Date.parse('2200-01-01') }).map((ms) => new Date(ms));
    await fc.assert(
      fc.asyncProperty(body, body, instant, instant, async (first, second, createdAt, updatedAt) => {
        const id = uuidv7();
        const fixed = { deletedAt: null, mergedInto: null, openAccounts: 0, indexed: null };
        await door.write(acme, async ({ customers }, transaction) => {
          const row = await customers.create({ id, ...first, ...fixed, version: 1, createdAt, updatedAt: createdAt }, { transaction });
          await row.update({ ...second, version: 2, updatedAt }, { transaction });
        });
        const expected = { id, ...second, version: 2, createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
        expect(await byStatement(id)).toEqual(expected);
        expect(await byModel(id)).toEqual(expected);
        const { name, tags, segment, externalId } = second;
        const found = await door.read(acme, ({ customers }, transaction) =>
          customers.findAll({ where: { id, name, tags, segment, externalId, createdAt }, transaction }),
        );
        expect(found.map((row) => row.id)).toEqual([id]);
      }),
      { numRuns: 60 },
    );
  });

  it('read the same of accounts, their transactions and their versions, through associations as well', async () => {
    const customer = (await client.createCustomer({ body: { name: 'Ada' } })).data;
    const open = (fields: object) =>
      client
        .createAccount({ params: { id: customer.id }, body: { type: 'current', currency: 'EUR', ...fields } })
        .then(({ data }) => data.id);
    const ids = [await open({ overdraftLimitMinor: '999999999999999999' }), await open({ name: `"O'Neil" \\ 田中` })];
    const [account = ''] = ids;
    const amounts = fc.sample(
      fc.bigInt({ min: -90_071_992_547_409_930n, max: 90_071_992_547_409_930n }).filter((amount) => amount !== 0n),
      8,
    );
    for (const amount of amounts) {
      const kind = amount > 0n ? ('deposit' as const) : ('withdrawal' as const);
      await client.postTransaction({ params: { id: account }, body: { kind, amountMinor: `${amount}`, reference: `r ${amount}` } });
    }
    const [first] = (await client.listAccountTransactions({ params: { id: account }, query: {} })).data.items;
    await client.reverseTransaction({ params: { id: first?.id ?? '' }, body: {} });

    const read = await door.read(acme, async ({ customers }, transaction) =>
      customers.findByPk(customer.id, {
        include: [
          {
            association: 'accounts',
            include: [{ association: 'transactions', include: [{ association: 'reversal' }] }, { association: 'versions' }],
          },
        ],
        transaction,
      }),
    );
    type Read = AccountRow & { readonly transactions: TransactionRow[]; readonly versions: HistoryRow[] };
    const models = (read as unknown as { readonly accounts: Read[] }).accounts;
    expect(models.map(toAccount).sort(byId)).toEqual(
      (await Promise.all(ids.map((id) => client.getAccount({ params: { id } })))).map(({ data }) => data).sort(byId),
    );
    const [posted] = models.filter(({ id }) => id === account);
    const listed = (await client.listAccountTransactions({ params: { id: account }, query: { limit: 50 } })).data.items;
    expect(posted?.transactions.map(toTransaction).sort(byId)).toEqual([...listed].sort(byId));
    expect(posted?.versions).toHaveLength(1 + amounts.length + 1);
  });
});

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);
