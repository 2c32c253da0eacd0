import { tenantKeys } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { CHILDREN } from '../kubernetes/resources.ts';
import type { CacheAdministration } from '../redis/port.ts';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;
let cache: CacheAdministration;

const PATIENCE = { limitMs: 30_000, everyMs: 100 };
const users: string[] = [];

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false, cache: true }), privateCluster()]);
  if (platform.ports.cache === undefined) throw new Error('no Redis');
  cache = platform.ports.cache;
  cluster = await testCluster(home.adminKubeconfig, `cache-${platform.cell.name}`);
  await cluster.makeClass({ workload: { mode: 'Dedicated', allowedModes: ['Dedicated', 'Pooled'] } });
  operator = await startOperator(
    platform.environment({
      KUBECONFIG_FILE: home.operatorKubeconfig,
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/tenantry-no-such-image:1',
      METRICS_PORT: '0',
      METRICS_HOST: '127.0.0.1',
      DRIFT_CHECK_INTERVAL: '500ms',
    }),
  );
});
afterAll(async () => {
  await operator?.stop();
  for (const user of users) await cache.deleteLogin(user);
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

async function readyTenant(spec: TenantWish = {}) {
  const slug = platform.slug();
  await cluster.apply(slug, spec);
  await becomes(slug, 'Ready', 'True/Ready');
  const keys = tenantKeys((await cluster.tenant(slug))?.status?.tenantId ?? '');
  users.push(keys.redisUser);
  return { slug, keys };
}

/** What Redis says to one command of whoever has the tenant's Secret. */
async function asReplica(slug: string, ...command: string[]): Promise<unknown> {
  const secret = await cluster.api.get(CHILDREN.Secret, { namespace: 'tenantry-tenants', name: `${slug}-credentials` });
  const value = (key: string) => atob((secret?.data as Record<string, string> | undefined)?.[key] ?? '');
  const { host = '', port = 0 } = platform.cell.redis ?? {};
  const login = { username: value('redis-username'), password: value('redis-password') };
  const client = createClient({ socket: { host, port, reconnectStrategy: false }, ...login, maintNotifications: 'disabled' });
  client.on('error', () => {});
  try {
    await client.connect();
    return await client.sendCommand(command);
  } catch (error) {
    return (error as Error).message;
  } finally {
    client.destroy();
  }
}

it('gives the replicas of a dedicated tenant a Redis user for its own keys, and mounts it', async () => {
  const [acme, globex] = [await readyTenant(), await readyTenant()];
  expect(conditionOf(await cluster.tenant(acme.slug), 'CacheReady')).toBe('True/Done');
  expect(await asReplica(acme.slug, 'SET', `${acme.keys.redisPrefix}x`, '1', 'PX', '1000')).toBe('OK');
  expect(await asReplica(acme.slug, 'GET', `${globex.keys.redisPrefix}x`)).toMatch(/NOPERM/);
  const deployment = await cluster.api.get(CHILDREN.Deployment, { namespace: 'tenantry-tenants', name: `${acme.slug}-api` });
  expect(JSON.stringify(deployment?.spec)).toContain('"redis-password"');
});

it('puts the user back when Redis has forgotten it or somebody has widened it', async () => {
  const { slug, keys } = await readyTenant();
  const own = ['GET', `${keys.redisPrefix}x`];
  await cache.deleteLogin(keys.redisUser);
  await eventually(async () => expect(await asReplica(slug, ...own)).toBeNull(), PATIENCE);
  await cache.putLogin({ user: keys.redisUser, credentials: [{ password: 'guessed', fingerprint: '' }], prefix: 't:', isOn: true });
  await eventually(async () => {
    expect((await cache.login(keys.redisUser))?.keys).toEqual([`~${keys.redisPrefix}*`]);
    expect(await asReplica(slug, ...own)).toBeNull();
  }, PATIENCE);
});

it('takes the user away from a tenant that becomes pooled, and with a tenant that is deleted', async () => {
  const { slug, keys } = await readyTenant();
  await cluster.apply(slug, { workload: { mode: 'Pooled' } });
  await becomes(slug, 'Ready', 'True/Ready');
  expect(conditionOf(await cluster.tenant(slug), 'CacheReady')).toBe('True/NotNeeded');
  expect(await cache.login(keys.redisUser)).toBeUndefined();
  const other = await readyTenant();
  await cluster.remove(other.slug);
  await eventually(async () => expect(await cluster.tenant(other.slug)).toBeUndefined(), PATIENCE);
  expect(await cache.login(other.keys.redisUser)).toBeUndefined();
});
