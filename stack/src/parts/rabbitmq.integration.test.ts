import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RabbitmqAccess, runningStack } from '../../testing/running-stack.ts';

let access: RabbitmqAccess;
const vhost = `test-${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  access = await (await runningStack('rabbitmq')).rabbitmq();
});
afterAll(async () => {
  await ask('DELETE', `/vhosts/${vhost}`);
});

it('lets the operator make vhosts, quorum queues and policies by its management API', async () => {
  expect((await ask('PUT', `/vhosts/${vhost}`)).status).toBe(201);
  const queue = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
  expect((await ask('PUT', `/queues/${vhost}/tasks`, queue)).status).toBe(201);
  const policy = { pattern: '^tasks$', 'apply-to': 'queues', definition: { 'delivery-limit': 5 } };
  expect((await ask('PUT', `/policies/${vhost}/tasks`, policy)).status).toBe(201);
});

it.each([
  ['no login', undefined],
  ['a wrong password', 'wrong'],
  ['the server’s usual guest', 'guest:guest'],
])('refuses %s', async (_what, password) => {
  const login = password?.includes(':') ? password : password && `${access.username}:${password}`;
  const headers: Record<string, string> = login === undefined ? {} : { authorization: `Basic ${btoa(login)}` };
  expect((await fetch(`${access.management}/api/vhosts`, { headers })).status).toBe(401);
});

it('speaks AMQP on the address pods use', async () => {
  const socket = createConnection({ host: access.host, port: access.port });
  const answer = new Promise<string>((resolve, reject) => {
    socket.once('data', (data) => resolve(data.toString('latin1')));
    socket.once('error', reject);
  });
  // An unknown protocol: the server answers with the header of its own, AMQP 0-9-1, and hangs up.
  socket.write('AMQP\u0009\u0009\u0009\u0009');
  expect(await answer).toBe('AMQP\u0000\u0000\u0009\u0001');
  socket.destroy();
});

it('counts for Prometheus', async () => {
  const metrics = await fetch(`http://${access.host}:${Number(new URL(access.management).port) + 1}/metrics`);
  expect(await metrics.text()).toContain('rabbitmq_build_info');
});

async function ask(method: string, path: string, body?: object): Promise<Response> {
  return await fetch(`${access.management}/api${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`${access.username}:${access.password}`)}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
