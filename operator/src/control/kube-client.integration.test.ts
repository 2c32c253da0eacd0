import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { type PrivateApiServer, privateApiServer } from '@tenantry/stack/testing/private-api-server.ts';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KubeClient } from './kube-client.ts';
import { isKubeError, KubeError, type KubeErrorReason } from './kube-error.ts';
import { defineResource, type KubeObject } from './kube-object.ts';
import { ControlMetrics } from './metrics.ts';
import { CONFIG_MAPS, configMap } from './testing/plain-kinds.ts';

const NAMESPACES = defineResource<KubeObject>({ group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false });

let server: PrivateApiServer;
let client: KubeClient;

beforeAll(async () => {
  server = await privateApiServer();
  client = KubeClient.fromKubeconfig(server.kubeconfigFile);
});

afterAll(async () => {
  await client?.close();
  await server?.[Symbol.asyncDispose]();
});

const reasonOf = async (call: Promise<unknown>): Promise<KubeErrorReason | 'none'> => {
  try {
    await call;
    return 'none';
  } catch (error) {
    if (error instanceof KubeError) return error.reason;
    throw error;
  }
};

describe('KubeClient', () => {
  it('creates, reads, replaces and deletes; gone already counts as deleted', async () => {
    const created = await client.create(CONFIG_MAPS, configMap('life', { a: '1' }));
    const replaced = await client.replace(CONFIG_MAPS, { ...created, data: { a: '2' } });
    expect((await client.get(CONFIG_MAPS, { namespace: 'default', name: 'life' }))?.data).toEqual({ a: '2' });
    expect(replaced.metadata.uid).toBe(created.metadata.uid);
    expect(await client.delete(CONFIG_MAPS, replaced.metadata)).toBe('deleted');
    expect(await client.delete(CONFIG_MAPS, { namespace: 'default', name: 'life' })).toBe('absent');
    expect(await client.get(CONFIG_MAPS, { namespace: 'default', name: 'life' })).toBeUndefined();
  });

  it('deletes nothing when it is only asked whether it would be allowed', async () => {
    const { metadata } = await client.create(CONFIG_MAPS, configMap('rehearsed', { a: '1' }));
    expect(await client.delete(CONFIG_MAPS, metadata, { dryRun: true })).toBe('deleted');
    expect((await client.get(CONFIG_MAPS, { namespace: 'default', name: 'rehearsed' }))?.data).toEqual({ a: '1' });
    expect(await reasonOf(client.delete(CONFIG_MAPS, { namespace: 'default', name: 'rehearsed' }, { uid: 'another', dryRun: true }))).toBe(
      'Conflict',
    );
  });

  it('names what the server refused', async () => {
    const created = await client.create(CONFIG_MAPS, configMap('refused'));
    await client.patch(CONFIG_MAPS, created.metadata, { data: { a: '1' } });
    expect(await reasonOf(client.create(CONFIG_MAPS, configMap('refused')))).toBe('AlreadyExists');
    expect(await reasonOf(client.replace(CONFIG_MAPS, created))).toBe('Conflict');
    expect(await reasonOf(client.create(CONFIG_MAPS, configMap('Not_A_Name')))).toBe('Invalid');
    expect(await reasonOf(client.delete(CONFIG_MAPS, { namespace: 'default', name: 'refused' }, { uid: 'another' }))).toBe('Conflict');
    expect(await reasonOf(client.patch(CONFIG_MAPS, { namespace: 'default', name: 'absent' }, {}))).toBe('NotFound');
    expect(await reasonOf(client.list(CONFIG_MAPS, { continue: 'nonsense' }))).toBe('BadRequest');
  });

  it('lists in pages and gives each item its kind', async () => {
    for (const name of ['p1', 'p2', 'p3'])
      await client.create(CONFIG_MAPS, { ...configMap(name), metadata: { name, namespace: 'kube-public' } });
    const first = await client.list(CONFIG_MAPS, { namespace: 'kube-public', limit: 2 });
    const second = await client.list(CONFIG_MAPS, { namespace: 'kube-public', limit: 2, continue: first.continue });
    const names = [...first.items, ...second.items].map(({ metadata }) => metadata.name);
    expect(names).toEqual(expect.arrayContaining(['p1', 'p2', 'p3']));
    expect(first.items.every(({ kind, apiVersion }) => kind === 'ConfigMap' && apiVersion === 'v1')).toBe(true);
  });

  it('ends a watch that stays silent, and one the caller has had enough of', async () => {
    const { resourceVersion } = await client.list(NAMESPACES);
    const silent = client.watch(NAMESPACES, { resourceVersion, inactivityMs: 500, signal: new AbortController().signal });
    expect(await reasonOf(silent[Symbol.asyncIterator]().next())).toBe('Timeout');
    const enough = client.watch(NAMESPACES, { resourceVersion, signal: AbortSignal.timeout(300) });
    expect(await enough[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  it('gives up on a server that does not answer, and says when nobody listens', async () => {
    const blackHole = createServer(() => {}).listen(0, '127.0.0.1');
    await once(blackHole, 'listening');
    const { port } = blackHole.address() as { port: number };
    const lost = clientOf(`https://127.0.0.1:${port}`);
    const started = performance.now();
    expect(await reasonOf(lost.list(CONFIG_MAPS, { timeoutMs: 300 }))).toBe('Timeout');
    expect(performance.now() - started).toBeLessThan(2_000);
    await lost.close();
    blackHole.close();
    const nobody = clientOf('https://127.0.0.1:1');
    expect(await reasonOf(nobody.list(CONFIG_MAPS))).toBe('Unreachable');
    await nobody.close();
  });

  it('hands the caller’s own abort through', async () => {
    const why = new Error('told to stop');
    await expect(client.list(CONFIG_MAPS, { signal: AbortSignal.abort(why) })).rejects.toBe(why);
  });

  it('keeps its connections: many calls in a row need few', async () => {
    const registry = new Registry();
    const counted = KubeClient.fromKubeconfig(server.kubeconfigFile, { metrics: new ControlMetrics(registry) });
    let connections = 0;
    const count = () => {
      connections += 1;
    };
    subscribe('undici:client:connected', count);
    for (let call = 0; call < 50; call += 1) await counted.get(CONFIG_MAPS, { namespace: 'default', name: 'absent' });
    unsubscribe('undici:client:connected', count);
    expect(connections).toBeLessThanOrEqual(5);
    expect(await registry.metrics()).toContain('rest_client_requests_total{method="GET",code="404"} 50');
    await counted.close();
  });

  it('is let in by a service-account token and refused what its role does not grant', async () => {
    await server.kubectl('create', 'serviceaccount', 'visitor');
    const token = (await server.kubectl('create', 'token', 'visitor')).output.trim();
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfigFile);
    config.users = [{ name: config.users[0]?.name ?? '', token }];
    const account = new KubeClient(config);
    expect(await reasonOf(account.list(CONFIG_MAPS, { namespace: 'default' }))).toBe('Forbidden');
    await account.close();
    config.users = [{ name: config.users[0]?.name ?? '', token: 'forged' }];
    const forged = new KubeClient(config);
    expect(await reasonOf(forged.list(CONFIG_MAPS, { namespace: 'default' }))).toBe('Unauthorized');
    await forged.close();
  });

  it('refuses a server whose certificate it does not know', async () => {
    const config = new KubeConfig();
    config.loadFromFile(server.kubeconfigFile);
    config.clusters = config.clusters.map(({ name, server: url }) => ({ name, server: url, skipTLSVerify: false }));
    const stranger = new KubeClient(config);
    const refusal = await stranger.list(CONFIG_MAPS).catch((error: unknown) => error);
    expect(isKubeError(refusal, 'Unreachable')).toBe(true);
    await stranger.close();
  });

  it('says that a version is too old when a watch begins there', async () => {
    // A server that starts anew remembers nothing from before.
    await server.kill();
    await server.start();
    const watch = client.watch(CONFIG_MAPS, { resourceVersion: '1', signal: AbortSignal.timeout(10_000) });
    expect(await reasonOf(watch[Symbol.asyncIterator]().next())).toBe('Gone');
  });
});

function clientOf(url: string): KubeClient {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: false }, { name: 'u' });
  return new KubeClient(config);
}
