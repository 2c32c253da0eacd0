import { randomUUID } from 'node:crypto';
import { tenantKeys } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type RabbitmqAccess, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { type ChannelModel, connect } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Effects } from '../effects.ts';
import { TenantCredentials } from '../tenant/credentials.ts';
import { isHashOf } from './password-hash.ts';
import { RabbitmqQueues } from './rabbitmq-queues.ts';
import { RabbitmqRest } from './rabbitmq-rest.ts';

let access: RabbitmqAccess;
let queues: RabbitmqQueues;
const [acme, globex] = [tenantOf(randomUUID()), tenantOf(randomUUID())];

function tenantOf(tenantId: string) {
  const { vhost, queueUserOf } = tenantKeys(tenantId);
  return { vhost, user: queueUserOf(1), credential: new TenantCredentials(Buffer.alloc(32, 5), tenantId, 1).for('rabbitmq') };
}

beforeAll(async () => {
  const stack = await runningStack('rabbitmq');
  access = await stack.rabbitmq();
  const rest = new RabbitmqRest({ url: access.management, user: access.username, password: access.password, ca: stack.ca });
  queues = new RabbitmqQueues(rest, new Effects({ assertLeading: () => {} }), access.username);
  for (const { vhost, user, credential } of [acme, globex]) {
    await queues.createVhost(vhost, 'test');
    await queues.declareQueue(vhost, { name: 'tasks', type: 'quorum' });
    await queues.declareQueue(vhost, { name: 'tasks.dead', type: 'quorum' });
    await queues.putLogin(user, credential);
    await queues.putRights(vhost, { user, configure: '^$', write: '^amq\\.default$', read: '.*' });
  }
});
afterAll(async () => {
  for (const { vhost, user } of [acme, globex]) {
    await queues?.deleteVhost(vhost);
    await queues?.deleteLogin(user);
  }
  await queues?.close();
});

/** As the tenant's own programs connect. */
async function connection(tenant: typeof acme, vhost = tenant.vhost): Promise<ChannelModel> {
  const { host: hostname, port } = access;
  const opened = await connect({ hostname, port, username: tenant.user, password: tenant.credential.password, vhost });
  opened.on('error', () => {});
  return opened;
}

it('shows a vhost as it was made, and every write may be repeated', async () => {
  for (let times = 0; times < 2; times += 1) {
    await queues.createVhost(acme.vhost, 'test');
    await queues.declareQueue(acme.vhost, { name: 'tasks', type: 'quorum' });
    await queues.putPolicy(acme.vhost, { name: 'tasks', pattern: '^tasks$', definition: { 'max-length': 10, overflow: 'reject-publish' } });
    await queues.putLimit(acme.vhost, 'max-connections', 7);
  }
  const vhost = await queues.vhost(acme.vhost);
  expect(vhost?.queues.map(({ name, type, durable }) => ({ name, type, durable }))).toEqual([
    { name: 'tasks', type: 'quorum', durable: true },
    { name: 'tasks.dead', type: 'quorum', durable: true },
  ]);
  expect(vhost?.policies).toEqual([{ name: 'tasks', pattern: '^tasks$', definition: { 'max-length': 10, overflow: 'reject-publish' } }]);
  expect(vhost?.rights.map(({ user }) => user)).toEqual([acme.user]);
  expect(vhost?.limits).toEqual({ 'max-connections': 7 });
  const [login] = await queues.logins([acme.user, 'nobody']);
  expect(isHashOf(login?.passwordHash ?? '', acme.credential.password)).toBe(true);
  expect(isHashOf(login?.passwordHash ?? '', 'another')).toBe(false);
  const all = await queues.everything('t.');
  expect([...all.vhosts.keys()]).toEqual(expect.arrayContaining([acme.vhost, globex.vhost]));
  expect(all.users.get(acme.user)).toMatchObject({ user: acme.user });
});

it('lets a tenant publish to and consume from its own queues, and declare none', async () => {
  const open = await connection(acme);
  const channel = await open.createConfirmChannel();
  channel.sendToQueue('tasks', Buffer.from('hello'), { persistent: true });
  await channel.waitForConfirms();
  const message = await eventually(async () => {
    const got = await channel.get('tasks');
    if (got === false) throw new Error('nothing there yet');
    return got;
  });
  expect(message.content.toString()).toBe('hello');
  channel.ack(message);
  channel.on('error', () => {});
  await expect(channel.assertQueue('mine')).rejects.toThrow(/ACCESS_REFUSED/);
  await open.close();
});

it('lets no tenant into another one’s vhost, nor into the management API', async () => {
  await expect(connection(globex, acme.vhost)).rejects.toThrow(/ConnectionClose/);
  await expect(connection({ ...acme, credential: globex.credential })).rejects.toThrow(/ACCESS_REFUSED|403/);
  const asTenant = { authorization: `Basic ${btoa(`${globex.user}:${globex.credential.password}`)}` };
  expect((await fetch(`${access.management}/api/queues/${encodeURIComponent(acme.vhost)}`, { headers: asTenant })).status).toBe(401);
});

it('deletes a queue only while it holds no message', async () => {
  const open = await connection(acme);
  const channel = await open.createConfirmChannel();
  channel.sendToQueue('tasks.dead', Buffer.from('keep me'), { persistent: true });
  await channel.waitForConfirms();
  // At once: the server's own counts do not show the message for some seconds.
  expect(await queues.deleteEmptyQueue(acme.vhost, 'tasks.dead')).toBe(false);
  const message = await eventually(async () => {
    const got = await channel.get('tasks.dead');
    if (got === false) throw new Error('not given back yet');
    return got;
  });
  expect(message.content.toString()).toBe('keep me');
  channel.ack(message);
  // The channel first: closing the connection alone overtakes the acknowledgement.
  await channel.close();
  await open.close();
  await eventually(async () => expect(await queues.deleteEmptyQueue(acme.vhost, 'tasks.dead')).toBe(true));
});

it('closes connections, and a login’s with the login', async () => {
  const ended = (open: ChannelModel) => new Promise<void>((resolve) => open.once('close', () => resolve()));
  const first = await connection(globex);
  const firstEnd = ended(first);
  const [name] = await eventually(async () => {
    const names = await queues.connections(globex.vhost);
    if (names.length === 0) throw new Error('not shown yet');
    return names;
  });
  await queues.closeConnection(name ?? '');
  await firstEnd;
  const second = await connection(globex);
  const secondEnd = ended(second);
  await queues.deleteLogin(globex.user);
  await queues.deleteLogin(globex.user);
  await secondEnd;
});
