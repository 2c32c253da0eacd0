import type { ProblemError, TenantryClient } from '@tenantry/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../testing/problem-of.ts';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../../testing/service-world.ts';

let world: ServiceWorld;
let api: RunningApi;
let acme: TestTenant;
let client: TenantryClient;
let elsewhere: TenantryClient;
let other: TenantryClient;

beforeAll(async () => {
  world = await serviceWorld();
  acme = await world.addTenant('acme', { statementTimeoutMs: 1000 });
  const globex = await world.addTenant('globex');
  api = await world.startApi();
  const second = await world.startApi();
  const token = await world.token(acme);
  client = api.client(token);
  elsewhere = second.client(token);
  other = api.client(await world.token(globex));
});
afterAll(() => world?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await world.admin.query(
    `truncate ${acme.schema}.customers, ${acme.schema}.history, ${acme.schema}.idempotency_keys, tenantry.outbox cascade`,
  );
});

type Schema = Parameters<TenantryClient['putCustomerAttributesSchema']>[0]['body']['schema'];

/** Through one replica, from whatever is in force. */
async function set(schema: Schema, through = client, validateExisting?: 'true') {
  const { etag } = await through.getCustomerAttributesSchema({});
  return through.putCustomerAttributesSchema({
    ifMatch: etag ?? '',
    body: { schema },
    ...(validateExisting === undefined ? {} : { query: { validateExisting } }),
  });
}

const level = (values: string[], more: object = {}): Schema =>
  ({ type: 'object', properties: { level: { enum: values } }, additionalProperties: false, ...more }) as Schema;
const bad = { code: 'invalid-request', errors: [expect.objectContaining({ pointer: '/attributes/level' })] };

describe('the schema of attributes', () => {
  it('is anything to begin with, and only an admin sets it, from the version that is in force', async () => {
    const first = await other.getCustomerAttributesSchema({});
    expect([first.data, first.etag]).toEqual([{ version: 1, schema: {}, updatedAt: null, updatedBy: null, indexing: false }, '"1"']);
    const { etag, data } = await set(level(['a']));
    expect(data).toMatchObject({ schema: level(['a']), updatedBy: 'person-1', indexing: false });
    expect((await elsewhere.getCustomerAttributesSchema({})).data).toEqual(data);
    expect(await problemOf(client.putCustomerAttributesSchema({ ifMatch: '"1"', body: { schema: {} } }))).toMatchObject({
      code: 'version-stale',
      etag,
    });
    expect((await set(level(['a']))).etag).toBe(etag);
    for (const group of ['/editor', '/viewer', '/machine']) {
      const member = api.client(await world.token(acme, { groups: [group], subject: group }));
      expect((await member.getCustomerAttributesSchema({})).etag).toBe(etag);
      expect(await problemOf(member.putCustomerAttributesSchema({ ifMatch: etag ?? '', body: { schema: {} } }))).toMatchObject({
        code: 'role-missing',
      });
    }
    expect((await other.getCustomerAttributesSchema({})).etag).toBe('"1"');
  });

  it('keeps its text, and says where a bad one is wrong', async () => {
    const schema = { title: 'b', $comment: 'a', properties: { z: { type: 'string' }, a: {} } } as Schema;
    expect(JSON.stringify((await set(schema)).data.schema)).toBe(JSON.stringify(schema));
    const refused = (body: object) => problemOf(set(body as Schema));
    expect(await refused({ properties: { a: { $ref: 'http://169.254.169.254/x' } } })).toMatchObject({
      code: 'invalid-request',
      errors: [{ pointer: '/schema/properties/a/$ref' }],
    });
    expect(await refused({ properties: { a: { type: 'string', 'x-personal': true } } })).toMatchObject({
      errors: [{ pointer: '/schema/properties/a/x-personal', detail: expect.stringContaining('not offered yet') }],
    });
    expect(await refused({ properties: { a: { pattern: '(a)\\1' } } })).toMatchObject({
      errors: [{ pointer: '/schema/properties/a/pattern' }],
    });
  });

  it('set by twenty at once is set once per version', async () => {
    const { etag } = await client.getCustomerAttributesSchema({});
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        (at % 2 ? client : elsewhere).putCustomerAttributesSchema({ ifMatch: etag ?? '', body: { schema: level([`v${at}`]) } }).then(
          () => 'won',
          (error: ProblemError) => error.problem.code,
        ),
      ),
    );
    expect(outcomes.filter((each) => each === 'won')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['won', 'version-stale']));
  });
});

describe('every write of attributes', () => {
  it('fits the schema in force, also one that was set through another replica a moment ago', async () => {
    await set({});
    const made = await client.createCustomer({ body: { name: 'Before', externalId: 'x', attributes: { level: 'gold' } } });
    const params = { id: made.data.id };
    for (const [round, value] of ['silver', 'gold', 'silver', 'gold'].entries()) {
      const [setter, writer] = round % 2 ? [client, elsewhere] : [elsewhere, client];
      await set(level([value]), setter);
      const wrong = { level: value === 'gold' ? 'silver' : 'gold' };
      const version = round + 1;
      const ifMatch = `"${version}"`;
      expect(await problemOf(writer.createCustomer({ body: { name: 'New', attributes: wrong } }))).toMatchObject(bad);
      expect(
        await problemOf(writer.createCustomer({ body: { name: 'New', attributes: wrong }, idempotencyKey: `k${round}` })),
      ).toMatchObject(bad);
      expect(await problemOf(writer.updateCustomer({ params, ifMatch, body: { attributes: { ...wrong, other: 1 } } }))).toMatchObject({
        code: 'invalid-request',
      });
      expect(
        await problemOf(writer.replaceCustomer({ params, ifMatch, body: { name: 'R', attributes: { ...wrong, x: round } } })),
      ).toMatchObject({
        code: 'invalid-request',
      });
      expect(
        await problemOf(writer.putCustomerByExternalId({ params: { externalId: 'x' }, body: { name: 'U', attributes: wrong } })),
      ).toMatchObject(bad);
      const batch = await writer.batchCustomers({
        body: {
          items: [
            { action: 'create', customer: { name: 'B', attributes: wrong } },
            { action: 'create', customer: { name: `Good ${round}`, attributes: { level: value } } },
            { action: 'patch', id: params.id, version, patch: { attributes: { level: value }, name: `Round ${round}` } },
          ],
        },
      });
      expect(batch.data.results.map(({ status }) => status)).toEqual([400, 201, 200]);
      expect(await problemOf(writer.createCustomer({ body: { name: 'New', attributes: wrong } }))).toMatchObject(bad);
    }
    const { rows } = await world.admin.query(
      `select (select count(*)::int from ${acme.schema}.customers) as customers, (select count(*)::int from ${acme.schema}.history) as history,
        (select count(*)::int from ${acme.schema}.idempotency_keys) as keys`,
    );
    expect(rows[0]).toEqual({ customers: 5, history: 9, keys: 0 });
  });

  it('in a batch that was planned by an old schema: what no longer fits is refused, the rest is done, and the key tells the truth', async () => {
    await set(level(['old', 'both']));
    const { data } = await client.createCustomer({ body: { name: 'Knows the old one', attributes: { level: 'old' } } });
    await set(level(['both']), elsewhere);
    const call = {
      idempotencyKey: 'batch',
      body: {
        items: [
          { action: 'create' as const, customer: { name: 'Old', attributes: { level: 'old' } } },
          { action: 'create' as const, customer: { name: 'Both', attributes: { level: 'both' } } },
          { action: 'patch' as const, id: data.id, version: 1, patch: { name: 'Renamed' } },
        ],
      },
    };
    const answer = await client.batchCustomers(call);
    expect(answer.data.results.map(({ status }) => status)).toEqual([400, 201, 200]);
    expect((await client.batchCustomers(call)).data).toEqual(answer.data);
    const { rows } = await world.admin.query(`select name from ${acme.schema}.customers order by name`);
    expect(rows.map(({ name }) => name)).toEqual(['Both', 'Renamed']);
  });

  it('of hundreds at once while the schema changes: what was accepted fits one that was in force', async () => {
    await set(level(['a']));
    const flags = { set: false };
    const writes = Promise.all(
      Array.from({ length: 300 }, async (_, at) => {
        if (at === 100) await set(level(['b']), elsewhere).then(() => (flags.set = true));
        if (at > 150) await new Promise((resolve) => setImmediate(resolve));
        const isAfter = flags.set;
        const outcome = await client.createCustomer({ body: { name: `W${at}`, attributes: { level: at % 2 ? 'a' : 'b' } } }).then(
          () => 'made',
          (error: ProblemError) => error.problem.code,
        );
        if (isAfter) expect(outcome).toBe(at % 2 ? 'invalid-request' : 'made');
        return outcome;
      }),
    );
    expect(new Set(await writes)).toEqual(new Set(['made', 'invalid-request']));
    for (let at = 0; at < 5; at += 1) {
      expect(await problemOf(client.createCustomer({ body: { name: 'late', attributes: { level: 'a' } } }))).toMatchObject(bad);
    }
  });

  it('leaves customers from before alone, as long as their attributes are', async () => {
    await set({});
    const { data } = await client.createCustomer({ body: { name: 'Old', attributes: { level: 'odd' } } });
    const params = { id: data.id };
    await set(level(['a', 'b'], { required: ['level'] }), elsewhere);
    expect((await client.updateCustomer({ params, ifMatch: '"1"', body: { name: 'Renamed' } })).data.attributes).toEqual({ level: 'odd' });
    expect((await client.addCustomerTags({ params, body: { tags: ['x'] } })).data.version).toBe(3);
    await client.deleteCustomer({ params, ifMatch: '"3"' });
    await client.restoreCustomer({ params });
    expect(await problemOf(client.updateCustomer({ params, ifMatch: '"5"', body: { attributes: { more: 1 } } }))).toMatchObject({
      code: 'invalid-request',
    });
    expect(await problemOf(client.createCustomer({ body: { name: 'Without' } }))).toMatchObject({
      errors: [{ pointer: '/attributes/level', detail: 'is required' }],
    });
    expect((await client.updateCustomer({ params, ifMatch: '"5"', body: { attributes: { level: 'a' } } })).data.version).toBe(6);
  });
});

describe('validateExisting', () => {
  it('refuses a schema that customers do not fit, and names them', async () => {
    await set({});
    const ids: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      ids.push((await client.createCustomer({ body: { name: `C${at}`, attributes: { level: at === 1 ? 'odd' : 'a' } } })).data.id);
    }
    const deleted = await client.createCustomer({ body: { name: 'Deleted', attributes: { level: 'odd' } } });
    await client.deleteCustomer({ params: { id: deleted.data.id }, ifMatch: '"1"' });
    const before = (await client.getCustomerAttributesSchema({})).etag;
    expect(await problemOf(set(level(['a']), client, 'true'))).toMatchObject({
      status: 409,
      code: 'attributes-do-not-fit',
      customers: [{ id: ids[1], errors: [{ pointer: '/attributes/level', detail: 'must be one of ["a"]' }] }],
    });
    expect((await client.getCustomerAttributesSchema({})).etag).toBe(before);
    expect((await set(level(['a', 'odd']), client, 'true')).etag).not.toBe(before);
  });
});

describe('indexable attributes', () => {
  const indexed = async () =>
    (await world.admin.query(`select name, indexed from ${acme.schema}.customers order by name`)).rows.map(({ name, indexed: value }) => [
      name,
      value,
    ]);

  it('are kept beside the customer, by every kind of write, and for those from before as well', async () => {
    await set({});
    await client.createCustomer({ body: { name: '1 before', attributes: { level: 'gold', other: 1 } } });
    await client.createCustomer({ body: { name: '2 before', attributes: {} } });
    expect(await indexed()).toEqual([
      ['1 before', null],
      ['2 before', null],
    ]);
    const schema = {
      properties: { level: { type: 'string', 'x-indexable': true }, size: { type: 'integer', 'x-indexable': true } },
    } as Schema;
    expect((await set(schema, elsewhere)).data.indexing).toBe(true);
    const { data } = await client.createCustomer({ body: { name: '3 after', attributes: { level: 'x', size: 3, other: 2 } } });
    await client.putCustomerByExternalId({ params: { externalId: '4' }, body: { name: '4 upsert', attributes: { size: 4 } } });
    await client.batchCustomers({ body: { items: [{ action: 'create', customer: { name: '5 batch', attributes: { level: 'y' } } }] } });
    await client.updateCustomer({ params: { id: data.id }, ifMatch: '"1"', body: { attributes: { level: 'z' } } });
    await client.updateCustomer({ params: { id: data.id }, ifMatch: '"2"', body: { segment: 'kept' } });
    await expect.poll(async () => (await client.getCustomerAttributesSchema({})).data.indexing, { timeout: 15_000 }).toBe(false);
    expect(await indexed()).toEqual([
      ['1 before', { level: 'gold' }],
      ['2 before', {}],
      ['3 after', { level: 'z', size: 3 }],
      ['4 upsert', { size: 4 }],
      ['5 batch', { level: 'y' }],
    ]);
    expect((await set({ properties: { level: { type: 'string', 'x-indexable': true } } } as Schema)).data.indexing).toBe(false);
    const { rows } = await world.admin.query(`select count(*)::int from ${acme.schema}.history`);
    expect(rows[0].count).toBe(7);
  });
});
