import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SENDER_SECRET, SENDER_VHOST, WEBHOOK_QUEUES } from '@tenantry/contracts';
import { bundledProgram } from '@tenantry/stack/testing/bundled-program.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { privatePostgres } from '@tenantry/stack/testing/private-postgres.ts';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type WebhookWorld, webhookWorld } from '../../testing/webhook-world.ts';

const PATIENCE = { limitMs: 60_000, everyMs: 100 };
let world: WebhookWorld;
let sender: SenderProgram;
const children: ChildProcess[] = [];
const worlds: WebhookWorld[] = [];
const folders: string[] = [];

/** How the program is started, in the platform's own vhost. */
type SenderProgram = (crashAfter?: string) => Promise<ChildProcess>;

beforeAll(async () => {
  world = await webhookWorld();
  sender = await senderOf(world);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const { asAdministrator, cell, close } of worlds) {
    for (const queue of ['', '.dead'])
      await asAdministrator(`queues/${SENDER_VHOST}/${WEBHOOK_QUEUES}.${cell.cell}${queue}`, { method: 'DELETE' });
    await close();
  }
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** The program of the image before a world's tenants. */
async function senderOf(world: WebhookWorld): Promise<SenderProgram> {
  worlds.push(world);
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-sender-'));
  folders.push(folder);
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
  const environment = {
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
  return async (crashAfter) => {
    const child = spawn(process.execPath, [await bundledProgram('tenantry-service')], {
      env: { ...environment, ...(crashAfter === undefined ? {} : { CRASH_AFTER: crashAfter }) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    children.push(child);
    return child;
  };
}

it('a sender that is killed between the answer and its record sends again with the same id, and the delivery ends', async () => {
  const acme = await world.tenant('acme');
  await world.endpoint(acme, '/ok/killed');
  const [eventId] = await world.publish(acme, [{}]);
  const killed = await sender('webhook.sent:1');
  await once(killed, 'exit');
  expect(killed.signalCode).toBe('SIGKILL');
  expect(await world.run(acme, 'select state, attempts from {schema}.webhook_deliveries')).toEqual([{ state: 'pending', attempts: 0 }]);
  const next = await sender();
  await eventually(async () => {
    expect(await world.run(acme, 'select state, attempts from {schema}.webhook_deliveries')).toEqual([{ state: 'delivered', attempts: 1 }]);
  }, PATIENCE);
  expect(world.sink.at('/ok/killed').map(({ headers }) => headers['webhook-id'])).toEqual([eventId, eventId]);
  next.kill('SIGTERM');
  expect(await once(next, 'exit')).toEqual([0, null]);
});

it('what a crash of PostgreSQL takes back is sent and recorded again: no delivery is lost, and none stays due', async () => {
  await using postgres = await privatePostgres();
  const crashing = await webhookWorld({ postgres: postgres.access });
  const start = await senderOf(crashing);
  const acme = await crashing.tenant('acme');
  await crashing.endpoint(acme, '/ok/crash');
  const sent = await crashing.publish(
    acme,
    Array.from({ length: 300 }, () => ({})),
  );
  const arrived = (): Set<unknown> => new Set(crashing.sink.at('/ok/crash').map(({ headers }) => headers['webhook-id']));
  const running = await start();
  await eventually(() => expect(arrived().size).toBeGreaterThan(50), { ...PATIENCE, everyMs: 10 });
  await postgres.end('kill');
  expect(arrived().size).toBeLessThan(sent.length);
  await postgres.start();
  const admin = new pg.Client({ ...postgres.access, database: crashing.cell.database, ssl: { ca: postgres.access.ca } });
  await admin.connect();
  try {
    await eventually(async () => {
      const { rows } = await admin.query(
        `select v.state, v.attempts, count(a)::int as recorded, count(*)::int as deliveries
         from ${acme.schema}.webhook_deliveries v left join ${acme.schema}.webhook_attempts a on a.delivery_id = v.id group by v.state, v.attempts`,
      );
      expect(rows).toEqual([{ state: 'delivered', attempts: 1, recorded: 300, deliveries: 300 }]);
    }, PATIENCE);
    expect((await admin.query('select delivery_id from tenantry.webhook_due')).rows).toEqual([]);
  } finally {
    await admin.end();
  }
  expect(arrived()).toEqual(new Set(sent));
  running.kill('SIGTERM');
  await once(running, 'exit');
});
