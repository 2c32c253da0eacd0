import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SENDER_SECRET, SENDER_VHOST, WEBHOOK_QUEUES } from '@tenantry/contracts';
import { bundledProgram } from '@tenantry/stack/testing/bundled-program.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type WebhookWorld, webhookWorld } from '../../testing/webhook-world.ts';

const PATIENCE = { limitMs: 60_000, everyMs: 100 };
let world: WebhookWorld;
let folder: string;
let environment: Record<string, string>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  world = await webhookWorld();
  folder = await mkdtemp(join(tmpdir(), 'tenantry-sender-'));
  const { cell, ca } = world.apiConfig();
  const { host, port, management } = await world.stack.rabbitmq();
  const cells = { cells: [{ ...cell, rabbitmq: { host, port, management, tls: false } }], identity: { issuer: world.issuer.url } };
  const files = {
    'cells.json': JSON.stringify({ ...cells, pooledUrl: 'http://127.0.0.1:1' }),
    'ca.crt': ca,
    [SENDER_SECRET.postgresPassword]: world.cell.passwords.sender,
    [SENDER_SECRET.registryPassword]: world.cell.passwords.registry,
    [SENDER_SECRET.rabbitmqPassword]: world.rabbitmqPassword,
    [SENDER_SECRET.webhookKey]: world.key.toString('base64'),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  environment = {
    ...{
      CELLS_FILE: join(folder, 'cells.json'),
      CA_FILE: join(folder, 'ca.crt'),
      SECRETS_DIR: folder,
      METRICS_PORT: '0',
      HOST: '127.0.0.1',
    },
    ...{ TENANTRY_ROLE: 'webhook-sender', LOG_LEVEL: 'warn', WEBHOOK_ALLOWED_ORIGINS: world.sink.origin },
    ...{ WEBHOOK_TIMEOUT_MS: '2000', WEBHOOK_LEASE_MS: '1000' },
  };
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const queue of ['', '.dead'])
    await world?.asAdministrator(`queues/${SENDER_VHOST}/${WEBHOOK_QUEUES}.${world.cell.cell}${queue}`, { method: 'DELETE' });
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The program of the image, in the platform's own vhost. */
async function start(crashAfter?: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [await bundledProgram('tenantry-service')], {
    env: { ...environment, ...(crashAfter === undefined ? {} : { CRASH_AFTER: crashAfter }) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  children.push(child);
  return child;
}

it('a sender that is killed between the answer and its record sends again with the same id, and the delivery ends', async () => {
  const acme = await world.tenant('acme');
  await world.endpoint(acme, '/ok/killed');
  const [eventId] = await world.publish(acme, [{}]);
  const killed = await start('webhook.sent:1');
  await once(killed, 'exit');
  expect(killed.signalCode).toBe('SIGKILL');
  expect(await world.run(acme, 'select state, attempts from {schema}.webhook_deliveries')).toEqual([{ state: 'pending', attempts: 0 }]);
  const next = await start();
  await eventually(async () => {
    expect(await world.run(acme, 'select state, attempts from {schema}.webhook_deliveries')).toEqual([{ state: 'delivered', attempts: 1 }]);
  }, PATIENCE);
  expect(world.sink.at('/ok/killed').map(({ headers }) => headers['webhook-id'])).toEqual([eventId, eventId]);
  next.kill('SIGTERM');
  expect(await once(next, 'exit')).toEqual([0, null]);
});
