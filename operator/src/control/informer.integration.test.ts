import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type PrivateApiServer, privateApiServer } from '@tenantry/stack/testing/private-api-server.ts';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Informer, type InformerOptions } from './informer.ts';
import type { KubeApi } from './kube-api.ts';
import { KubeClient } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import { ControlMetrics } from './metrics.ts';
import { CONFIG_MAPS, type ConfigMap, configMap } from './testing/plain-kinds.ts';

let server: PrivateApiServer;
let client: KubeClient;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  server = await privateApiServer();
  client = KubeClient.fromKubeconfig(server.kubeconfigFile);
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

afterAll(async () => {
  await client?.close();
  await server?.[Symbol.asyncDispose]();
});

/** An informer that runs until the test ends, and everything it told. */
async function following(options: Partial<InformerOptions<ConfigMap>> = {}) {
  const registry = new Registry();
  const informer = new Informer<ConfigMap>({
    api: client,
    resource: CONFIG_MAPS,
    namespace: 'default',
    metrics: new ControlMetrics(registry),
    ...options,
  });
  const changes: string[] = [];
  informer.onChange((key, reason) => changes.push(`${key} ${reason}`));
  const stop = new AbortController();
  const finished = informer.start(stop.signal);
  cleanups.push(async () => {
    stop.abort();
    await finished;
  });
  await informer.synced;
  return { informer, changes, registry };
}

const ref = (name: string) => ({ namespace: 'default', name });

describe('Informer against a real API server', () => {
  it('tells of what is made, changed and deleted', async () => {
    const { informer, changes } = await following();
    const { metadata } = await client.create(CONFIG_MAPS, configMap('seen', { a: '1' }));
    await client.patch(CONFIG_MAPS, metadata, { data: { a: '2' } });
    await client.delete(CONFIG_MAPS, metadata);
    await eventually(() => expect(changes.slice(-3)).toEqual(['default/seen added', 'default/seen updated', 'default/seen deleted']));
    expect(informer.get('default/seen')).toBeUndefined();
  });

  it('follows only the labels it was asked for, and calls an object that lost the label deleted', async () => {
    const { changes } = await following({ labelSelector: 'tier=gold' });
    await client.create(CONFIG_MAPS, configMap('plain'));
    const { metadata } = await client.create(CONFIG_MAPS, {
      ...configMap('gold'),
      metadata: { ...ref('gold'), labels: { tier: 'gold' } },
    });
    await client.patch(CONFIG_MAPS, metadata, { metadata: { labels: { tier: null } } });
    await eventually(() => expect(changes).toEqual(['default/gold added', 'default/gold deleted']));
  });

  it('reads a thousand objects page by page', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `many-${index}`);
    for (let from = 0; from < names.length; from += 50) {
      await Promise.all(
        names
          .slice(from, from + 50)
          .map((name) => client.create(CONFIG_MAPS, { ...configMap(name), metadata: { name, namespace: 'kube-system' } })),
      );
    }
    const sizes: number[] = [];
    const api: Pick<KubeApi, 'list' | 'watch'> = {
      list: async (resource, options) => {
        const page = await client.list(resource, options);
        sizes.push(page.items.length);
        return page;
      },
      watch: (resource, options) => client.watch(resource, options),
    };
    const { informer } = await following({ api, namespace: 'kube-system', pageSize: 300 });
    expect(names.every((name) => informer.get(`kube-system/${name}`) !== undefined)).toBe(true);
    expect(sizes.slice(0, 3)).toEqual([300, 300, 300]);
  });

  it('hears of a change at once after a silence longer than it believes in', async () => {
    const { changes, registry } = await following({ inactivityMs: 1_000, labelSelector: 'quiet=yes' });
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(await registry.metrics()).toMatch(/control_informer_restarts_total\{resource="configmaps",reason="Timeout"\} [2-9]/);
    const started = performance.now();
    await client.create(CONFIG_MAPS, { ...configMap('after-silence'), metadata: { ...ref('after-silence'), labels: { quiet: 'yes' } } });
    await eventually(() => expect(changes).toEqual(['default/after-silence added']));
    expect(performance.now() - started).toBeLessThan(2_500);
  });

  it('notices that an object was deleted and made again while its watch was away', async () => {
    const { metadata } = await client.create(CONFIG_MAPS, configMap('twin', { born: 'first' }));
    let lists = 0;
    let watches = 0;
    const api: Pick<KubeApi, 'list' | 'watch'> = {
      list: async (resource, options) => {
        const page = await client.list(resource, options);
        lists += 1;
        if (lists === 1) {
          await client.delete(CONFIG_MAPS, metadata);
          await client.create(CONFIG_MAPS, configMap('twin', { born: 'second' }));
        }
        return page;
      },
      watch: (resource, options) => {
        watches += 1;
        if (watches === 1) throw new KubeError('Gone', 'too old');
        return client.watch(resource, options);
      },
    };
    const told: string[] = [];
    const { informer } = await following({ api });
    informer.onChange((key, reason, object) => {
      if (key === 'default/twin') told.push(`${reason} ${object.data?.born}`);
    });
    await eventually(() => expect(told).toEqual(['added first', 'deleted first', 'added second']));
  });

  it('catches up after the API server was killed: its old version is refused as too old, so it lists anew', async () => {
    const { informer, changes, registry } = await following();
    await client.create(CONFIG_MAPS, configMap('goes'));
    await eventually(() => expect(informer.get('default/goes')).toBeDefined());
    // Moves the server's version on without the informer's hearing of it.
    await server.kubectl('create', 'configmap', 'elsewhere', '--namespace', 'kube-public');
    await server.kill();
    await server.start();
    // kubectl is quicker than the back-off: the informer is still away when this happens.
    await server.kubectl('delete', 'configmap', 'goes');
    await server.kubectl('create', 'configmap', 'comes');
    await eventually(
      () => {
        expect(informer.get('default/goes')).toBeUndefined();
        expect(informer.get('default/comes')).toBeDefined();
      },
      { limitMs: 40_000 },
    );
    expect(changes).toEqual(expect.arrayContaining(['default/goes deleted', 'default/comes added']));
    expect(await registry.metrics()).toMatch(/control_informer_restarts_total\{resource="configmaps",reason="Unreachable"\} [1-9]/);
    expect(await registry.metrics()).toMatch(/control_informer_restarts_total\{resource="configmaps",reason="Gone"\} 1/);
    expect(informer.stalenessMs()).toBeLessThan(40_000);
  });
});
