import { tenantKeys } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { type ChannelModel, connect, type GetMessage } from 'amqplib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { CHILDREN } from '../kubernetes/resources.ts';
import type { QueueAdministration } from '../rabbitmq/port.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;
let queues: QueueAdministration;

const METRICS_PORT = await freePort();
const PATIENCE = { limitMs: 30_000, everyMs: 100 };
const vhosts: string[] = [];

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false, queues: true }), privateCluster()]);
  if (platform.ports.queues === undefined) throw new Error('no RabbitMQ');
  queues = platform.ports.queues;
  cluster = await testCluster(home.adminKubeconfig, `queues-${platform.cell.name}`);
  operator = await startOperator(
    platform.environment({
      KUBECONFIG_FILE: home.operatorKubeconfig,
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/tenantry-no-such-image:1',
      METRICS_PORT: String(METRICS_PORT),
      METRICS_HOST: '127.0.0.1',
      DRIFT_CHECK_INTERVAL: '500ms',
    }),
  );
});
afterAll(async () => {
  await operator?.stop();
  for (const vhost of vhosts) {
    await queues.deleteVhost(vhost);
    for (const user of [vhost, `${vhost}.2`]) await queues.deleteLogin(user);
  }
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});

async function becomes(slug: string, type: string, condition: string): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), type), operator.output().slice(-3000)).toBe(condition),
    PATIENCE,
  );
}

async function readyTenant(spec: TenantWish) {
  const slug = platform.slug();
  await cluster.apply(slug, spec);
  await becomes(slug, 'Ready', 'True/Ready');
  const keys = tenantKeys((await cluster.tenant(slug))?.status?.tenantId ?? '');
  vhosts.push(keys.vhost);
  return { slug, keys };
}

/** As the tenant's own programs sign in: by what the Secret says. */
async function connected(slug: string): Promise<ChannelModel> {
  const secret = await cluster.api.get(CHILDREN.Secret, { namespace: 'tenantry-tenants', name: `${slug}-credentials` });
  const value = (key: string) => atob((secret?.data as Record<string, string> | undefined)?.[key] ?? '');
  const { host: hostname = '', port = 0 } = platform.cell.rabbitmq ?? {};
  const login = { username: value('rabbitmq-username'), password: value('rabbitmq-password'), vhost: value('rabbitmq-vhost') };
  const open = await connect({ hostname, port, ...login });
  open.on('error', () => {});
  return open;
}

const textOf = (message: GetMessage | false): string | undefined => (message === false ? undefined : message.content.toString());
const namesIn = async (vhost: string) => (await queues.vhost(vhost))?.queues.map(({ name }) => name).sort();

async function effectsSoFar(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
  return [...text.matchAll(/^tenantry_operator_effects_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

it('makes nothing in RabbitMQ for a tenant that names no queues', async () => {
  const { slug, keys } = await readyTenant({});
  expect(conditionOf(await cluster.tenant(slug), 'QueuesReady')).toBe('True/NotNeeded');
  expect(await queues.vhost(keys.vhost)).toBeUndefined();
  expect(await queues.logins(keys.queueUsers)).toEqual([]);
});

it('sends to the dead letters what was given back too often, and refuses publishers when a queue is full', async () => {
  const { slug, keys } = await readyTenant({ messaging: { queues: [{ name: 'tasks', maxLength: 2, deliveryLimit: 1 }] } });
  expect(await namesIn(keys.vhost)).toEqual(['tasks', 'tasks.dead']);
  expect((await cluster.tenant(slug))?.status?.messaging?.vhost).toBe(keys.vhost);
  const open = await connected(slug);
  const channel = await open.createConfirmChannel();
  const publish = async (text: string) => {
    const confirmed = new Promise<string>((resolve) => {
      channel.sendToQueue('tasks', Buffer.from(text), { persistent: true }, (error) => resolve(error === null ? 'taken' : 'refused'));
    });
    return confirmed;
  };
  expect(await publish('poison')).toBe('taken');
  await eventually(async () => {
    const message = await channel.get('tasks');
    if (message !== false) channel.nack(message, false, true);
    const dead = await channel.get('tasks.dead');
    expect(textOf(dead)).toBe('poison');
  }, PATIENCE);
  // Quorum queues take a few more than the limit, which publishers have on the way; then they refuse.
  await eventually(async () => expect(await publish('more')).toBe('refused'), PATIENCE);
  await open.close();
});

it('puts back what was changed by hand and then rests', async () => {
  const { slug, keys } = await readyTenant({ messaging: { queues: [{ name: 'tasks' }] } });
  await queues.putPolicy(keys.vhost, { name: 'everything', pattern: '.*', definition: { 'max-length': 1 } });
  await queues.putRights(keys.vhost, { user: keys.queueUserOf(1), configure: '.*', write: '.*', read: '.*' });
  await queues.putLogin(keys.queueUserOf(1), { password: 'another', fingerprint: '' });
  await eventually(async () => {
    const vhost = await queues.vhost(keys.vhost);
    expect(vhost?.policies.map(({ name }) => name).sort()).toEqual(['tasks', 'tasks.dead']);
    expect(vhost?.rights).toEqual([{ user: keys.queueUserOf(1), configure: '^$', write: '^amq\\.default$', read: '.*' }]);
    await (await connected(slug)).close();
  }, PATIENCE);
  await becomes(slug, 'Ready', 'True/Ready');
  await eventually(async () => {
    const before = await effectsSoFar();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await effectsSoFar()).toBe(before);
  }, PATIENCE);
});

it('keeps a queue that left the spec while it holds messages, and removes everything when it is empty', async () => {
  const { slug, keys } = await readyTenant({ messaging: { queues: [{ name: 'tasks' }, { name: 'mails' }] } });
  const open = await connected(slug);
  const channel = await open.createConfirmChannel();
  channel.sendToQueue('tasks', Buffer.from('precious'), { persistent: true });
  await channel.waitForConfirms();
  await eventually(
    async () => expect((await queues.vhost(keys.vhost))?.queues.find(({ name }) => name === 'mails')?.isBusy).toBe(false),
    PATIENCE,
  );
  await cluster.apply(slug, { messaging: { queues: [] } });
  await becomes(slug, 'Ready', 'True/Ready');
  await eventually(async () => expect(await namesIn(keys.vhost)).toEqual(['tasks', 'tasks.dead']), PATIENCE);
  await eventually(async () => {
    const step = (await cluster.tenant(slug))?.status?.steps?.find(({ name }) => name === 'queues');
    expect(step?.message).toBe('No longer in the spec, but with messages or consumers, and so kept until empty: tasks, tasks.dead.');
  }, PATIENCE);
  const message = await channel.get('tasks');
  expect(textOf(message)).toBe('precious');
  if (message) channel.ack(message);
  // The channel first: closing the connection alone overtakes the acknowledgement.
  await channel.close();
  await open.close();
  await eventually(async () => expect((await queues.vhost(keys.vhost))?.queues.every(({ isBusy }) => !isBusy)).toBe(true), PATIENCE);
  // A person who does not want to wait for the next look changes anything of the Tenant.
  await cluster.apply(slug, { messaging: { queues: [] }, displayName: 'Emptied' });
  await eventually(async () => expect(await queues.vhost(keys.vhost)).toBeUndefined(), PATIENCE);
  await becomes(slug, 'QueuesReady', 'True/NotNeeded');
  expect(await queues.logins(keys.queueUsers)).toEqual([]);
  expect((await cluster.tenant(slug))?.status?.messaging?.vhost).toBeUndefined();
}, 90_000);

it('lets nobody connect while the tenant is suspended, and keeps its messages', async () => {
  const { slug } = await readyTenant({ messaging: { queues: [{ name: 'tasks' }] } });
  const open = await connected(slug);
  const ended = new Promise<void>((resolve) => open.once('close', () => resolve()));
  const channel = await open.createConfirmChannel();
  channel.sendToQueue('tasks', Buffer.from('parked'), { persistent: true });
  await channel.waitForConfirms();
  await cluster.apply(slug, { messaging: { queues: [{ name: 'tasks' }] }, lifecycle: { state: 'Suspended' } });
  await becomes(slug, 'Ready', 'True/Suspended');
  await ended;
  await expect(connected(slug)).rejects.toThrow();
  await cluster.apply(slug, { messaging: { queues: [{ name: 'tasks' }] }, lifecycle: { state: 'Active' } });
  await becomes(slug, 'Ready', 'True/Ready');
  const again = await connected(slug);
  const message = await (await again.createChannel()).get('tasks');
  expect(textOf(message)).toBe('parked');
  await again.close();
});

it('says ClassCeiling above the plan, and purges the vhost with the tenant', async () => {
  const few = `few-${platform.cell.name}`;
  const stalled = platform.slug();
  await cluster.apply(stalled, { classRef: { name: few }, messaging: { queues: [{ name: 'one' }, { name: 'two' }] } });
  // Made afterwards: when the class is there, the API server itself refuses more than it allows.
  await cluster.makeClass({ messaging: { maxQueues: 1 } }, few);
  await becomes(stalled, 'Stalled', 'True/ClassCeiling');

  const spec = { deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '0s' } as const;
  const { slug, keys } = await readyTenant({ ...spec, messaging: { queues: [{ name: 'tasks' }] } });
  await cluster.apply(slug, { ...spec, messaging: { queues: [{ name: 'tasks' }] } }, { 'tenantry.dev/confirm-delete': slug });
  await cluster.remove(slug);
  await eventually(async () => expect(await queues.logins(keys.queueUsers)).toEqual([]), PATIENCE);
  await eventually(async () => expect(await queues.vhost(keys.vhost)).toBeUndefined(), PATIENCE);
});
