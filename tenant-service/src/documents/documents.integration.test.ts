import { once } from 'node:events';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MongoDouble, mongoDouble } from '../../testing/mongo-double.ts';
import { projectorProcesses } from '../../testing/projector-process.ts';
import { type ProjectorWorld, projectorWorld } from '../../testing/projector-world.ts';
import { anEvent, publishEvents } from '../../testing/publish-events.ts';
import type { RunningApi, TestTenant } from '../../testing/service-world.ts';

let projection: ProjectorWorld;
let mongo: MongoDouble;
let api: RunningApi;
let acme: TestTenant;
let globex: TestTenant;

beforeAll(async () => {
  mongo = await mongoDouble();
  projection = await projectorWorld();
  [acme, globex] = [await projection.addTenant('acme'), await projection.addTenant('globex')];
  api = await projection.world.startApi({ mongo: mongo.login });
});
afterAll(async () => {
  await projection?.[Symbol.asyncDispose]();
  await mongo?.[Symbol.asyncDispose]();
});

const patiently = { limitMs: 60_000 };
const copies = async ({ tenantId }: TestTenant) => await mongo.collection('audit').find({ tenantId }).sort({ seq: 1 }).toArray();
const position = async ({ tenantId }: TestTenant) => await mongo.collection('positions').findOne({ _id: tenantId as never });
const profileDocument = async ({ tenantId }: TestTenant, id: string) =>
  (await mongo.collection('customer_profiles').findOne({ _id: `${tenantId}/${id}` as never }))?.reading;
/** The relay's part: what the api has put into the outbox goes to the tenant's topic. */
async function relay(tenant: TestTenant): Promise<number> {
  const { admin, stack } = projection.world;
  const { rows } = await admin.query(
    'delete from tenantry.outbox where writer = $1 returning id, type, aggregate, aggregate_id, version, occurred_at, data::text',
    [tenant.appRole],
  );
  const records = rows.map((row) =>
    anEvent(
      tenant,
      {
        id: row.id,
        type: row.type,
        subject: `${row.aggregate}s/${row.aggregate_id}`,
        partitionkey: row.aggregate_id,
        aggregateversion: String(row.version),
        time: row.occurred_at.toISOString(),
      },
      row.data,
    ),
  );
  if (records.length > 0) await publishEvents(stack, tenant.eventsTopic, records);
  return records.length;
}
/** All of the log is among the documents. */
async function copied(tenant: TestTenant, atLeast: number): Promise<void> {
  await eventually(async () => {
    const log = await projection.log(tenant);
    expect(log.length).toBeGreaterThanOrEqual(atLeast);
    expect((await position(tenant))?.seq).toBe(log.length);
  }, patiently);
}
const admin = async (tenant: TestTenant, subject = 'the-admin') =>
  api.client(await projection.world.token(tenant, { subject, groups: ['/admin'] }));

it('shows a customer with its accounts, what was booked and what integrations pushed, and forgets one that was deleted', async () => {
  const client = await admin(acme);
  const before = (await client.createCustomer({ body: { name: 'Before anybody followed' } })).data;
  await relay(acme);
  const projector = await projection.start({ mongo: mongo.login });
  const { id } = (await client.createCustomer({ body: { name: 'Ada' } })).data;
  const account = (await client.createAccount({ params: { id }, body: { type: 'current', currency: 'EUR' } })).data;
  const payload = { 'plan.name': 'gold', $cost: 12345678901234, deep: [{ a: null }] };
  const params = { id, source: 'crm' };
  const stored = (await client.putCustomerPayload({ params, body: { payload } })).data;
  expect(stored).toMatchObject({ source: 'crm', version: 1, updatedBy: 'the-admin' });
  expect((await client.putCustomerPayload({ params, body: { payload } })).data).toEqual(stored);
  expect(await relay(acme)).toBe(3);
  await copied(acme, 4);

  const kept = await profileDocument(acme, id);
  expect(JSON.parse(kept?.profile)).toMatchObject({ integrations: [{ source: 'crm', payload }], accounts: [{ id: account.id }] });
  const profile = (await client.getCustomerProfile({ params: { id } })).data;
  expect(profile).toEqual(JSON.parse(kept?.profile));
  expect(profile).toMatchObject({ customer: { name: 'Ada' }, recentChanges: [{ version: 1, change: 'created', actor: 'the-admin' }] });
  expect((await profileDocument(acme, before.id))?.profile).toContain('Before anybody followed');

  // What is newer than the document is answered all the same: a document is used only when it is the newest.
  const posted = await client.postTransaction({
    params: { id: account.id },
    body: { kind: 'deposit', amountMinor: '700', currency: 'EUR' },
  });
  expect((await client.getCustomerProfile({ params: { id } })).data).toMatchObject({
    accounts: [{ balanceMinor: '700' }],
    recentTransactions: [{ id: posted.data.id }],
  });
  // And what is as new is the document: nothing else would say this.
  await relay(acme);
  await copied(acme, 5);
  await mongo
    .collection('customer_profiles')
    .updateOne({ _id: `${acme.tenantId}/${id}` as never }, { $set: { 'reading.profile': JSON.stringify({ ...profile, accounts: [] }) } });
  expect((await client.getCustomerProfile({ params: { id } })).data.accounts).toEqual([]);

  await client.deleteCustomerPayload({ params });
  expect((await client.getCustomerProfile({ params: { id } })).data).toMatchObject({
    integrations: [],
    accounts: [{ balanceMinor: '700' }],
  });
  await expect(client.deleteCustomerPayload({ params })).rejects.toMatchObject({ problem: { code: 'not-found' } });
  await client.deleteCustomer({ params: { id: before.id }, ifMatch: '"1"' });
  await expect(client.getCustomerProfile({ params: { id: before.id } })).rejects.toMatchObject({ problem: { code: 'not-found' } });
  await relay(acme);
  await copied(acme, 7);
  expect(await profileDocument(acme, before.id)).toMatchObject({ profile: null });
  await projector.stop();
}, 120_000);

it('shows the log backwards with who did it, the same from the documents and, while they are away, from the log; to admins of the tenant alone', async () => {
  const projector = await projection.start({ mongo: mongo.login });
  const [one, other] = [await admin(globex, 'one'), await admin(globex, 'other')];
  const made = [];
  for (const [at, client] of [one, other, one].entries()) made.push((await client.createCustomer({ body: { name: `C${at}` } })).data);
  await other.publishEvent({ body: { type: 'com.example.order.placed', data: { n: 1 } } });
  await relay(globex);
  await copied(globex, 4);
  const away = await projection.world.startApi({
    mongo: { ...mongo.login, url: `mongodb://127.0.0.1:${await freePort()}/` },
  });
  const without = away.client(await projection.world.token(globex, { groups: ['/admin'] }));
  const queries = [
    {},
    { limit: 2 },
    { limit: 2, before: '3' },
    { actor: 'one' },
    { type: 'com.example.' },
    { subject: `customers/${made[1]?.id}` },
  ];
  for (const query of queries) {
    const { items, page } = (await one.listAuditTrail({ query })).data;
    expect((await without.listAuditTrail({ query })).data).toEqual({ items, page });
    if ('actor' in query)
      expect(items.map(({ actor, change }) => [actor, change])).toEqual([
        ['one', 'created'],
        ['one', 'created'],
      ]);
    if ('type' in query)
      expect(items).toMatchObject([{ actor: null, change: null, event: { type: 'com.example.order.placed', data: { n: 1 } } }]);
    if ('subject' in query) expect(items).toMatchObject([{ actor: 'other', event: { subject: `customers/${made[1]?.id}` } }]);
    if ('limit' in query && !('before' in query)) expect(page.before).toBe('3');
  }
  // It comes from the documents: nobody else knows this name.
  await mongo.collection('audit').updateMany({ tenantId: globex.tenantId, actor: 'one' }, { $set: { actor: 'forged' } });
  expect((await one.listAuditTrail({ query: { actor: 'forged' } })).data.items).toHaveLength(2);
  expect((await without.listAuditTrail({ query: { actor: 'forged' } })).data.items).toEqual([]);
  // And from nobody else's: acme has customers of its own, and no such id.
  const stranger = await admin(acme);
  const { items } = (await stranger.listAuditTrail({ query: { limit: 200 } })).data;
  expect(items.filter(({ event }) => event.tenantid !== acme.tenantId)).toEqual([]);
  await expect(stranger.getCustomerProfile({ params: { id: made[0]?.id as string } })).rejects.toMatchObject({
    problem: { code: 'not-found' },
  });
  const editor = api.client(await projection.world.token(globex, { groups: ['/editor'] }));
  await expect(editor.listAuditTrail({ query: {} })).rejects.toMatchObject({ problem: { code: 'role-missing' } });
  await projector.stop();
}, 120_000);

it('is complete after being killed in the middle, and after the loss of everything; a forged copy or log is found; a tenant that is gone leaves nothing', async () => {
  const hooli = await projection.addTenant('hooli');
  const client = await admin(hooli);
  const ids: string[] = [];
  for (let at = 0; at < 12; at += 1) ids.push((await client.createCustomer({ body: { name: `Customer ${at}` } })).data.id);
  const logger = await projection.start();
  await relay(hooli);
  await projection.logged(hooli, 12);
  await logger.stop();

  const isTheLog = async () => {
    const { rows } = await projection.world.admin.query(
      `select seq::int, id, encode(hash, 'hex') as hash from ${hooli.schema}.events order by seq`,
    );
    expect((await copies(hooli)).map(({ seq, id, hash }) => ({ seq, id, hash }))).toEqual(rows);
    for (const id of ids) expect(JSON.parse((await profileDocument(hooli, id))?.profile)).toMatchObject({ customer: { id } });
    expect((await position(hooli))?.seq).toBe(12);
  };
  await using processes = await projectorProcesses(projection, { mongo: mongo.login });
  // What is written is there, that it was written is not: it is written once more.
  const dies = async (place: string) => await once(await processes.start({ CRASH_AFTER: `${place}:1`, DOCUMENTS_LOOK_MS: '200' }), 'exit');
  await dies('documents.filled');
  const later = { seq: 13, stamp: 'of another process', profile: JSON.stringify({ customer: { id: ids[0] } }) };
  await mongo
    .collection('customer_profiles')
    .updateOne({ _id: `${hooli.tenantId}/${ids[0]}` as never }, { $set: { tenantId: hooli.tenantId, reading: later } }, { upsert: true });
  await dies('documents.copied');
  expect((await position(hooli))?.seq).toBe(0);
  expect(await copies(hooli)).toHaveLength(12);
  // What another log has left is written over.
  await mongo.collection('audit').updateOne({ _id: `${hooli.tenantId}/3` as never }, { $set: { hash: 'of another log' } });
  const projector = await projection.start({ mongo: mongo.login });
  await eventually(isTheLog, patiently);
  expect(await profileDocument(hooli, ids[0] as string)).toEqual(later);
  await mongo.lose();
  await eventually(isTheLog, patiently);
  // Of a backup whose collections were not read at the same moment.
  await mongo.collection('audit').deleteMany({ tenantId: hooli.tenantId, seq: { $gt: 9 } });
  await eventually(isTheLog, patiently);

  const forge = (seq: number, data: string) =>
    mongo.collection('audit').updateOne({ _id: `${hooli.tenantId}/${seq}` as never }, { $set: { data } });
  await forge(7, '{"forged": true}');
  expect(await processes.run('verify', hooli.slug)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/12 events, nothing changed[\s\S]*the documents are BROKEN at event 7: it is not what was appended/),
  });
  expect(await processes.run('forget-documents', hooli.slug)).toMatchObject({ code: 0 });
  await eventually(isTheLog, patiently);
  // The log forged: the copy still says what was appended, and the ends of the two are the same.
  await projection.world.admin.query(`update ${hooli.schema}.events set data = '{"forged": true}' where seq = 5`);
  expect(await processes.run('verify', hooli.slug)).toMatchObject({
    code: 1,
    output: expect.stringMatching(/BROKEN at event 5[\s\S]*12 events among the documents, the same as in the log/),
  });

  await projection.world.operator.query('delete from tenantry.tenants where tenant_id = $1', [hooli.tenantId]);
  await eventually(async () => {
    expect(await position(hooli)).toBeNull();
    expect(await copies(hooli)).toEqual([]);
    expect(await mongo.collection('customer_profiles').countDocuments({ tenantId: hooli.tenantId })).toBe(0);
  }, patiently);
  await projector.stop();
}, 120_000);
