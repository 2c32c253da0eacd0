import { randomUUID } from 'node:crypto';
import type { Customer } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asLogin, asOwner, rowsOf, waitingEvents, writtenRows } from './support/cell-eye.ts';
import { brokerErrorOf, kafkaOf, produceTo, readTopic } from './support/kafka.ts';
import { asKafkaOperator } from './support/kafka-eye.ts';
import { localPlatform } from './support/local-platform.ts';
import { type ApiAnswer, problemOf } from './support/tenant-api.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const CLASS = freshName('e2e-class');
const TOPICS = { messaging: { topics: [{ name: 'orders', partitions: 1 }] } };

/** Two on the same shared replicas, and one with replicas and a database login of its own. */
let acme: TestTenant;
let globex: TestTenant;
let umbrella: TestTenant;
let customerOfGlobex: Customer;

beforeAll(async () => {
  await makeClass(CLASS);
  [acme, globex, umbrella] = await Promise.all([
    onboard(freshName('acme'), { classRef: { name: CLASS }, ...TOPICS }),
    onboard(freshName('globex'), { classRef: { name: CLASS }, ...TOPICS }),
    onboard(freshName('umbrella'), { classRef: { name: CLASS }, workload: { mode: 'Dedicated' }, ...TOPICS }),
  ]);
  customerOfGlobex = await globex.api.create({ name: 'Only for Globex', email: 'secret@example.org' });
  await acme.api.create({ name: 'Only for Acme' });
  await umbrella.api.create({ name: 'Only for Umbrella' });
});
afterAll(async () => {
  await Promise.all([acme, globex, umbrella].filter(Boolean).map(({ name }) => removeCompletely(name)));
  await removeClass(CLASS);
});

describe('through the API, a customer of another tenant', () => {
  const verbs = [
    ['GET', '', {}],
    ['GET', '/history', {}],
    ['PATCH', '', { body: { name: 'Taken over' }, headers: { 'if-match': '"1"' } }],
    ['DELETE', '', { headers: { 'if-match': '"1"' } }],
  ] as const;

  it.each(verbs)('is not found by %s /v1/customers/{id}%s, exactly as an id that never was', async (method, suffix, options) => {
    for (const stranger of [acme, umbrella]) {
      const theirs = await stranger.api.call(method, `/v1/customers/${customerOfGlobex.id}${suffix}`, options);
      const nobodys = await stranger.api.call(method, `/v1/customers/${randomUUID()}${suffix}`, options);
      expect(problemOf(theirs)).toMatchObject({ status: 404, code: 'not-found' });
      expect(comparable(theirs, customerOfGlobex.id)).toEqual(comparable(nobodys));
    }
    expect(await globex.api.get(customerOfGlobex.id)).toEqual(customerOfGlobex);
  });

  it('is not in a list or a search, and does not take its email address from anybody', async () => {
    expect((await acme.api.list()).map(({ name }) => name)).toEqual(['Only for Acme']);
    expect(await acme.api.search('Globex')).toEqual([]);
    const twin = await acme.api.create({ name: 'Same address', email: 'secret@example.org' });
    await acme.api.delete(twin);
  });

  it('is not shown by a cursor of the other tenant', async () => {
    await globex.api.create({ name: 'Another of Globex' });
    const page = await globex.api.call<{ page: { next: string } }>('GET', '/v1/customers?limit=1');
    expect(page.body.page.next).toEqual(expect.any(String));
    const stolen = await acme.api.call('GET', `/v1/customers?limit=1&cursor=${encodeURIComponent(page.body.page.next)}`);
    expect(problemOf(stolen)).toMatchObject({ status: 400, code: 'invalid-cursor' });
  });
});

describe('the api', () => {
  it('sends a dedicated tenant that asks the pooled replicas to its own address', async () => {
    const answer = await umbrella.api.at(localPlatform().pooledUrl).call<{ code: string; url: string }>('GET', '/v1/customers');
    expect([answer.status, answer.body.code, answer.body.url]).toEqual([421, 'tenant-served-elsewhere', umbrella.url]);
  });

  it('of a dedicated tenant serves nobody else', async () => {
    const answer = await acme.api.at(umbrella.url).call<{ items?: unknown }>('GET', '/v1/customers');
    expect([421, 403]).toContain(answer.status);
    expect(answer.body.items).toBeUndefined();
  });
});

describe('the real database login of a tenant with replicas of its own', () => {
  /** Each would harm Globex if it worked; `$other` becomes its schema. */
  const probes = [
    ['reads rows', 'select * from $other.customers'],
    ['reads rows by COPY', 'copy $other.customers to stdout'],
    [
      'writes a row',
      `insert into $other.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), 'x', 'active', 1, now(), now())`,
    ],
    ['changes rows', `update $other.customers set name = 'x'`],
    ['deletes rows', 'delete from $other.history'],
    ['empties a table', 'truncate $other.customers'],
    ['executes a function', 'select $other.secret_of_globex()'],
    ['makes a table in the schema', 'create table $other.mine (id int)'],
    ['drops the schema', 'drop schema $other cascade'],
    ['takes the app role', 'set role "$otherAppRole"'],
    ['takes the owner role', 'set role "$otherOwnerRole"'],
    ['reads the waiting events', 'select * from tenantry.outbox'],
    [
      'publishes in the name',
      `insert into tenantry.outbox (id, writer, type, aggregate, aggregate_id, version, occurred_at, data)
       values (gen_random_uuid(), '$otherAppRole', 'dev.tenantry.customer.created.v1', 'customer', gen_random_uuid(), 1, now(), '{}')`,
    ],
    ['changes the registry row', `update tenantry.tenants set state = 'Closed'`],
  ] as const;

  const login = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> =>
    asLogin(umbrella.secret.postgresUsername, umbrella.secret.postgresPassword, work);

  beforeAll(() =>
    asOwner(globex.name, async (client, schema) => {
      await client.query(`create function ${schema}.secret_of_globex() returns text language sql as $$select 'secret'$$`);
      await client.query(`grant execute on function ${schema}.secret_of_globex() to public`);
    }),
  );

  // The probes count rows before and after: the relay must not be in the middle of its work.
  beforeAll(() => eventually(async () => expect(await waitingEvents(globex.name)).toBe(0)));

  it('works, on its own rows', async () => {
    const { rows } = await login((client) => client.query(`select name, current_user as role from "${umbrella.names.schema}".customers`));
    expect(rows).toEqual([{ name: 'Only for Umbrella', role: umbrella.names.appRole }]);
  });

  it.each(probes)('never %s of another tenant, nor does the login of a pooled one', async (_what, text) => {
    const before = await writtenRows(globex.name);
    const statement = text
      .replaceAll('$otherAppRole', globex.names.appRole)
      .replaceAll('$otherOwnerRole', globex.names.ownerRole)
      .replaceAll('$other', `"${globex.names.schema}"`);
    for (const { secret } of [umbrella, acme]) {
      const attempt = asLogin(secret.postgresUsername, secret.postgresPassword, (client) => client.query(statement));
      const refusal = await attempt.then(
        ({ rows }) => ({ code: `accepted: ${JSON.stringify(rows)}` }),
        (error: { code: string }) => error,
      );
      expect(refusal.code).toBe('42501');
    }
    expect(await writtenRows(globex.name)).toEqual(before);
  });

  it('sees one row of the registry: its own', async () => {
    const { rows } = await login((client) => client.query('select slug from tenantry.tenants'));
    expect(rows).toEqual([{ slug: umbrella.name }]);
  });

  it('sees no statistics of the other tenant’s values and no running statement of it', async () => {
    await asOwner(globex.name, (client, schema) => client.query(`analyze ${schema}.customers`));
    const statistics = await login((client) =>
      client.query('select 1 from pg_catalog.pg_stats where schemaname = $1', [globex.names.schema]),
    );
    expect(statistics.rows).toEqual([]);
    const activity = await login((client) =>
      client.query<{ query: string }>('select query from pg_catalog.pg_stat_activity where usename <> session_user'),
    );
    expect(activity.rows.map(({ query }) => query).filter((query) => !['<insufficient privilege>', '', null].includes(query))).toEqual([]);
  });
});

describe('the Kafka user of a tenant', () => {
  const group = (tenant: TestTenant): string => `${tenant.names.kafkaPrefix}strangers-${freshName('g')}`;

  it('writes to and reads from its own topic', async () => {
    await produceTo(acme.kafka, acme.names.topic('orders'), { order: 1 });
    const read = await readTopic(acme.kafka, {
      topic: acme.names.topic('orders'),
      group: group(acme),
      enough: (found) => found.length > 0,
    });
    expect(read.map(({ value }) => value)).toEqual([{ order: 1 }]);
  });

  it.each(['orders', 'events'])('is refused by the broker when it writes to the other’s %s', async (topic) => {
    expect(await brokerErrorOf(produceTo(acme.kafka, globex.names.topic(topic), { order: 2 }))).toBe('TOPIC_AUTHORIZATION_FAILED');
  });

  it.each(['orders', 'events'])('is refused by the broker when it reads the other’s %s', async (topic) => {
    const reading = readTopic(acme.kafka, { topic: globex.names.topic(topic), group: group(acme), enough: () => true });
    expect(await brokerErrorOf(reading)).toBe('TOPIC_AUTHORIZATION_FAILED');
  });

  it('is refused by the broker when it joins a consumer group of the other', async () => {
    const answers: string[] = [];
    const kafka = kafkaOf(acme.secret.kafkaUsername, acme.secret.kafkaPassword, (message) => answers.push(message));
    const reading = readTopic(kafka, { topic: acme.names.topic('orders'), group: group(globex), enough: () => true });
    expect(await brokerErrorOf(reading)).not.toBe('accepted');
    expect(answers).toEqual(expect.arrayContaining([expect.stringContaining('Group authorization failed')]));
  });

  it('may not write to its own events: only the relay tells what happened', async () => {
    expect(await brokerErrorOf(produceTo(acme.kafka, acme.names.eventsTopic, {}))).toBe('TOPIC_AUTHORIZATION_FAILED');
  });

  it('is shown its own topics only, of all there are', async () => {
    const admin = acme.kafka.admin();
    await admin.connect();
    const seen = (await admin.listTopics()).filter((topic) => !topic.startsWith(acme.names.kafkaPrefix));
    await admin.disconnect();
    expect(seen).toEqual([]);
    expect(await asKafkaOperator((operator) => operator.listTopics())).toContain(globex.names.eventsTopic);
  });
});

it('leaves every tenant with its own rows and events only', async () => {
  await asOwner(globex.name, (client, schema) => client.query(`drop function ${schema}.secret_of_globex()`));
  const events = await Promise.all([verify(acme, [globex, umbrella]), verify(globex, [acme, umbrella]), verify(umbrella, [acme, globex])]);
  for (const [index, tenant] of [acme, globex, umbrella].entries()) {
    expect(new Set(events[index]?.map(({ headers }) => headers.ce_tenantid))).toEqual(new Set([tenant.tenantId]));
  }
  const [count] = await rowsOf<{ customers: string }>(globex.name, 'select count(*) as customers from {schema}.customers');
  expect(Number(count?.customers)).toBe(2);
});

/** A refusal without what differs by request: its id, and the id that was asked for. */
function comparable(answer: ApiAnswer, id = ''): unknown {
  const body = { ...(answer.body as Record<string, unknown>) };
  delete body.instance;
  const headers = Object.keys(answer.headers).sort();
  const text = JSON.stringify(body).replace(id === '' ? /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g : new RegExp(id, 'g'), '<id>');
  return { status: answer.status, headers, text };
}
