import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type PrivateApiServer, privateApiServer } from '@tenantry/stack/testing/private-api-server.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { EVENTS, EventRecorder } from './event-recorder.ts';
import { KubeClient } from './kube-client.ts';
import { KubeError } from './kube-error.ts';
import { defineResource, type KubeObject } from './kube-object.ts';
import { CONFIG_MAPS, configMap } from './testing/plain-kinds.ts';

const PRIORITY_CLASSES = defineResource<KubeObject>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
});
const REPAIRED = {
  type: 'Normal',
  reason: 'DriftRepaired',
  action: 'Apply',
  note: 'The image was changed by hand and has been put back.',
} as const;

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

const eventsOf = async (name: string) => {
  const { items } = await client.list(EVENTS, { namespace: 'default' });
  return items.filter(({ regarding }) => regarding.name === name);
};

describe('EventRecorder', () => {
  it('writes the first of a kind and counts the following ones, and kubectl shows both', async () => {
    const recorder = new EventRecorder({ api: client, component: 'example.dev/operator', instance: 'pod-1' });
    const object = await client.create(CONFIG_MAPS, configMap('counted'));
    for (let time = 0; time < 3; time += 1) recorder.record(object, REPAIRED);
    recorder.record(object, { ...REPAIRED, type: 'Warning', reason: 'ApplyFailed', note: 'Something else.' });
    await recorder.flush();
    const events = await eventsOf('counted');
    expect(events.map(({ reason, series }) => [reason, series?.count]).sort()).toEqual([
      ['ApplyFailed', undefined],
      ['DriftRepaired', 3],
    ]);
    const shown = await eventually(async () => (await server.kubectl('describe', 'configmap', 'counted')).output);
    expect(shown).toContain('DriftRepaired');
    expect(shown).toContain('put back');
  });

  it('begins a new event when ten minutes have passed or the old one has expired', async () => {
    let now = 0;
    const clock = { ...systemClock, now: () => now };
    const recorder = new EventRecorder({ api: client, component: 'example.dev/operator', instance: 'pod-1', clock });
    const object = await client.create(CONFIG_MAPS, configMap('later'));
    recorder.record(object, REPAIRED);
    await recorder.flush();
    now += 600_001;
    recorder.record(object, REPAIRED);
    await recorder.flush();
    expect(await eventsOf('later')).toHaveLength(2);
    for (const { metadata } of await eventsOf('later')) await client.delete(EVENTS, metadata);
    recorder.record(object, REPAIRED);
    await recorder.flush();
    expect(await eventsOf('later')).toHaveLength(1);
  });

  it('puts events of cluster-scoped objects where kubectl describe looks for them, and cuts a note at what the server takes', async () => {
    const recorder = new EventRecorder({ api: client, component: 'example.dev/operator', instance: 'pod-1' });
    const object = await client.get(PRIORITY_CLASSES, { name: 'system-node-critical' });
    recorder.record(object as KubeObject, { ...REPAIRED, note: '田'.repeat(2_000) });
    await recorder.flush();
    const [event] = await eventsOf('system-node-critical');
    expect(event?.metadata.namespace).toBe('default');
    expect(event?.note).toBe('田'.repeat(341));
    expect((await server.kubectl('describe', 'priorityclass', 'system-node-critical')).output).toContain('DriftRepaired');
  });

  it('never fails whoever records', async () => {
    const broken = () => Promise.reject(new KubeError('Unreachable', 'away'));
    const messages: string[] = [];
    const say = (_: object, message: string) => messages.push(message);
    const log = { debug: say, info: say, warn: say, error: say };
    const recorder = new EventRecorder({ api: { create: broken, patch: broken }, component: 'c', instance: 'i', log });
    recorder.record(configMap('unlucky'), REPAIRED);
    await recorder.flush();
    expect(messages).toEqual(['Event could not be written']);
  });
});
