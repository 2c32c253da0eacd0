import { type PrivateApiServer, privateApiServer } from '@tenantry/stack/testing/private-api-server.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setCondition } from './conditions.ts';
import type { KubeApi } from './kube-api.ts';
import { KubeClient } from './kube-client.ts';
import { defineResource, type KubeObject } from './kube-object.ts';
import { addFinalizer, applyObject, patchStatus, removeFinalizer } from './server-side-apply.ts';
import { CONFIG_MAPS, configMap } from './testing/plain-kinds.ts';

interface Deployment extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: object;
}

const DEPLOYMENTS = defineResource<Deployment>({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
});
const SERVICES = defineResource<KubeObject & { spec: object }>({
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  namespaced: true,
});
const FINALIZER = 'example.dev/cleanup';

let server: PrivateApiServer;
let client: KubeClient;
let writes = 0;
/** The client, with its writes counted. */
const api: Pick<KubeApi, 'apply'> = {
  apply: (resource, object, options) => {
    writes += 1;
    return client.apply(resource, object, options);
  },
};

beforeAll(async () => {
  server = await privateApiServer();
  client = KubeClient.fromKubeconfig(server.kubeconfigFile);
});

beforeEach(() => {
  writes = 0;
});

afterAll(async () => {
  await client?.close();
  await server?.[Symbol.asyncDispose]();
});

/** With every kind of list and map the API has: keyed, set-like, atomic, defaulted, quantities. */
function deployment(name: string, image = 'web:1'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels: { app: name, tier: 'web' }, finalizers: [FINALIZER] },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'web',
              image,
              args: ['--port', '80'],
              env: [
                { name: 'MODE', value: 'fast' },
                { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
              ports: [
                { name: 'http', containerPort: 80 },
                { name: 'dns', containerPort: 53, protocol: 'UDP' },
              ],
              resources: { requests: { cpu: '1000m', memory: '64Mi' } },
              readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 2 },
              securityContext: { capabilities: { drop: ['ALL'] } },
              volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
            },
          ],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  };
}

const applied = (object: Deployment, cached: Deployment | undefined) =>
  applyObject(api, { resource: DEPLOYMENTS, object, cached, fieldManager: 'example-operator', hashAnnotation: 'example.dev/desired-hash' });
const read = async (name: string): Promise<Deployment> => {
  const found = await client.get(DEPLOYMENTS, { namespace: 'default', name });
  if (found === undefined) throw new Error(`no deployment ${name}`);
  return found;
};

describe('applyObject', () => {
  it('creates, then costs no call while nothing differs, also for a process that remembers nothing', async () => {
    expect((await applied(deployment('calm'), undefined)).outcome).toBe('created');
    const cached = await read('calm');
    expect(await applied(deployment('calm'), cached)).toEqual({ outcome: 'unchanged', object: cached, handEdited: [] });
    expect(writes).toBe(1);
  });

  it('updates when the wish changes, and does not call that a hand edit', async () => {
    await applied(deployment('grows'), undefined);
    const result = await applied(deployment('grows', 'web:2'), await read('grows'));
    expect(result).toMatchObject({ outcome: 'updated', handEdited: [] });
    expect((await applied(deployment('grows', 'web:2'), await read('grows'))).outcome).toBe('unchanged');
  });

  it.each([
    [
      'an image',
      [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'other:9' }],
      'spec.template.spec.containers[web].image',
    ],
    ['the replicas', [{ op: 'replace', path: '/spec/replicas', value: 7 }], 'spec.replicas'],
    ['a removed label', [{ op: 'remove', path: '/metadata/labels/tier' }], 'metadata.labels.tier'],
    [
      'a removed variable',
      [{ op: 'remove', path: '/spec/template/spec/containers/0/env/0' }],
      'spec.template.spec.containers[web].env[MODE]',
    ],
    [
      'an atomic list',
      [{ op: 'replace', path: '/spec/template/spec/containers/0/args', value: ['--port', '81'] }],
      'spec.template.spec.containers[web].args',
    ],
    [
      'a quantity',
      [{ op: 'replace', path: '/spec/template/spec/containers/0/resources/requests/cpu', value: '2' }],
      'spec.template.spec.containers[web].resources.requests.cpu',
    ],
    ['a removed finalizer', [{ op: 'remove', path: '/metadata/finalizers' }], 'metadata.finalizers'],
    ['the hash itself', [{ op: 'replace', path: '/metadata/annotations/example.dev~1desired-hash', value: 'made-up' }], undefined],
  ])('sees %s changed by hand and puts it back', async (_, patch, path) => {
    const name = `edited-${writes}-${Math.abs(JSON.stringify(patch).length)}`;
    const { object } = await applied(deployment(name), undefined);
    await client.patch(DEPLOYMENTS, object.metadata, patch, { type: 'json', fieldManager: 'kubectl-edit' });
    const result = await applied(deployment(name), await read(name));
    expect(result.outcome).toBe('updated');
    if (path !== undefined) expect(result.handEdited).toEqual([path]);
    const { spec, metadata } = await read(name);
    expect(spec).toEqual(object.spec);
    expect(metadata.labels).toEqual(object.metadata.labels);
    expect((await applied(deployment(name), await read(name))).outcome).toBe('unchanged');
  });

  it('leaves alone what others add beside it', async () => {
    const { object } = await applied(deployment('shared'), undefined);
    const extra = [
      { op: 'add', path: '/metadata/labels/team', value: 'blue' },
      { op: 'add', path: '/spec/template/spec/containers/0/env/-', value: { name: 'TRACE', value: 'on' } },
    ];
    await client.patch(DEPLOYMENTS, object.metadata, extra, { type: 'json', fieldManager: 'kubectl-edit' });
    const cached = await read('shared');
    expect(await applied(deployment('shared'), cached)).toMatchObject({ outcome: 'unchanged', handEdited: [] });
    expect(writes).toBe(1);
  });

  it('is refused with an old view, so that a paused leader undoes nothing', async () => {
    const { object: old } = await applied(deployment('stale'), undefined);
    await applied(deployment('stale', 'web:2'), old);
    await expect(applied(deployment('stale', 'web:3'), old)).rejects.toMatchObject({ reason: 'Conflict' });
    expect(JSON.stringify((await read('stale')).spec)).toContain('web:2');
  });

  it('knows a Service and a Secret-like object as well', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { type: 'ClusterIP', selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    };
    const request = { resource: SERVICES, object: service, fieldManager: 'example-operator', hashAnnotation: 'example.dev/desired-hash' };
    const { object } = await applyObject(api, { ...request, cached: undefined });
    expect((await applyObject(api, { ...request, cached: object })).outcome).toBe('unchanged');
    const map = {
      resource: CONFIG_MAPS,
      object: configMap('empty'),
      fieldManager: 'example-operator',
      hashAnnotation: 'example.dev/desired-hash',
    };
    const made = await applyObject(api, { ...map, cached: undefined });
    expect((await applyObject(api, { ...map, cached: made.object })).outcome).toBe('unchanged');
  });
});

describe('patchStatus', () => {
  it('writes once, costs nothing while equal, removes what is no longer said, and spares what others say', async () => {
    const { object } = await applied(deployment('spoken'), undefined);
    const condition = (type: string) => ({ type, status: 'True', reason: 'Done', message: 'It is.' }) as const;
    const conditions = setCondition(undefined, condition('Available'), new Date()).map(({ lastTransitionTime, ...rest }) => ({
      ...rest,
      lastTransitionTime,
      lastUpdateTime: lastTransitionTime,
    }));
    const request = { resource: DEPLOYMENTS, fieldManager: 'example-operator-status' };
    const first = await patchStatus(api, { ...request, current: object, status: { observedGeneration: 1, replicas: 2, conditions } });
    expect(first.outcome).toBe('updated');
    writes = 0;
    const again = await patchStatus(api, { ...request, current: first.object, status: { replicas: 2, conditions, observedGeneration: 1 } });
    expect(again.outcome).toBe('unchanged');
    expect(writes).toBe(0);

    const other = { conditions: [{ ...conditions[0], type: 'Progressing' }] };
    const theirs = { ...object, metadata: { name: 'spoken', namespace: 'default' }, status: other } as unknown as Deployment;
    const { spec: _, ...statusOnly } = theirs;
    await client.apply(DEPLOYMENTS, statusOnly as Deployment, { fieldManager: 'somebody-else', subresource: 'status' });
    const current = await read('spoken');
    const last = await patchStatus(api, { ...request, current, status: { observedGeneration: 1, conditions } });
    expect(last.object.status).toMatchObject({ observedGeneration: 1 });
    expect(last.object.status).not.toHaveProperty('replicas', 2);
    expect((last.object.status as { conditions: { type: string }[] }).conditions.map(({ type }) => type).sort()).toEqual([
      'Available',
      'Progressing',
    ]);
  });

  it('is refused when the status was computed from an old object', async () => {
    const { object: old } = await applied(deployment('late'), undefined);
    await client.patch(DEPLOYMENTS, old.metadata, { spec: { replicas: 5 } });
    const request = { resource: DEPLOYMENTS, fieldManager: 'example-operator-status', current: old, status: { observedGeneration: 1 } };
    await expect(patchStatus(api, request)).rejects.toMatchObject({ reason: 'Conflict' });
  });
});

describe('finalizers', () => {
  it('hold the object until they are taken off, and leave others’ in place', async () => {
    const created = await client.create(CONFIG_MAPS, {
      ...configMap('held'),
      metadata: { name: 'held', namespace: 'default', finalizers: ['other.dev/keep'] },
    });
    const held = await addFinalizer(client, CONFIG_MAPS, created, FINALIZER);
    expect(held.metadata.finalizers).toEqual(['other.dev/keep', FINALIZER]);
    expect(await addFinalizer(client, CONFIG_MAPS, held, FINALIZER)).toBe(held);
    await client.delete(CONFIG_MAPS, held.metadata);
    const deleted = await client.get(CONFIG_MAPS, held.metadata);
    expect(deleted?.metadata.deletionTimestamp).toBeDefined();
    const released = await removeFinalizer(client, CONFIG_MAPS, deleted as typeof held, FINALIZER);
    expect(released?.metadata.finalizers).toEqual(['other.dev/keep']);
    await removeFinalizer(client, CONFIG_MAPS, released as typeof held, 'other.dev/keep');
    expect(await client.get(CONFIG_MAPS, held.metadata)).toBeUndefined();
    expect(await removeFinalizer(client, CONFIG_MAPS, deleted as typeof held, FINALIZER)).toBeUndefined();
  });

  it('are not put on, nor taken off, another object of the same name or a newer version', async () => {
    const old = await client.create(CONFIG_MAPS, configMap('again'));
    await client.delete(CONFIG_MAPS, old.metadata);
    await client.create(CONFIG_MAPS, configMap('again'));
    await expect(addFinalizer(client, CONFIG_MAPS, old, FINALIZER)).rejects.toMatchObject({ reason: 'Conflict' });
  });
});
