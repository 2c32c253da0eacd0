import { FINALIZER, type TenantStatus } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { aClass, aDedicatedInput, aTenant } from '../../testing/tenant-fixtures.ts';
import type { TenantObject } from '../kubernetes/resources.ts';
import { TenantCredentials } from './credentials.ts';
import { settledResult } from './settled.ts';
import type { Outcome, Step } from './step.ts';
import { buildOf, classRevision, wishOf } from './wish.ts';

const NOW = new Date('2026-03-01T00:00:00Z');
const KEY = Buffer.alloc(32, 1);
const { place, tenantId } = aDedicatedInput();
const tenantClass = aClass();
const revision = classRevision(tenantClass.spec);

function partsWith(watched: Outcome = { kind: 'done', message: 'As wanted.' }, asked: string[] = []) {
  const step = (name: string, isWatched: boolean): Step => ({
    name,
    condition: 'SecretReady',
    isWatched,
    run: async () => {
      asked.push(name);
      return watched;
    },
  });
  return {
    classes: { get: (name: string) => (name === 'standard' ? tenantClass : undefined) },
    rollouts: { given: () => ({ spec: tenantClass.spec, revision }) },
    // Only what a wish is made of: that nothing else is asked is part of what is tested.
    ports: { database: { latestVersion: 7 }, objects: { serves: () => false } } as never,
    place,
    steps: [step('roles', false), step('secret', true)],
    credentialKey: KEY,
  };
}

/** Ready, and everything said of its generation. */
function settled(spec: object = {}): TenantObject & { status: TenantStatus } {
  const tenant = aTenant(spec);
  const parts = partsWith();
  const wish = wishOf(
    { tenant, tenantClass, credentials: new TenantCredentials(KEY, tenantId, 1), place },
    buildOf(parts, { mode: 'Pooled' }),
  );
  const said = { observedGeneration: 2, lastTransitionTime: '2026-02-01T00:00:00Z', message: '' };
  const status = {
    tenantId,
    observedGeneration: 2,
    settledWish: wish,
    class: { name: 'standard', revision, wasReady: true, spec: {} },
    credentials: { generation: 1, rotatedAt: '2026-02-01T00:00:00Z' },
    conditions: [{ ...said, type: 'Ready', status: 'True', reason: 'Ready' }],
    steps: [{ name: 'roles', state: 'Done', reason: 'Done', message: '', since: '2026-02-01T00:00:00Z', observedGeneration: 2 }],
  } as unknown as TenantStatus;
  return { ...tenant, metadata: { ...tenant.metadata, finalizers: [FINALIZER] }, status };
}

const look = (tenant: TenantObject, parts = partsWith()) => settledResult(parts, tenant, () => NOW);

it('takes a settled tenant at its word, and runs only the steps whose objects are watched', async () => {
  const asked: string[] = [];
  expect(await look(settled(), partsWith(undefined, asked))).toEqual({ requeueAfterMs: undefined });
  expect(asked).toEqual(['secret']);
});

it('wakes for the next rotation', async () => {
  const result = await look(settled({ credentials: { rotateEvery: '672h2m' } }));
  expect(result).toEqual({ requeueAfterMs: 120_000 });
});

const DOUBTS: Readonly<Record<string, (tenant: ReturnType<typeof settled>) => TenantObject>> = {
  'an edit': (tenant) => ({ ...tenant, metadata: { ...tenant.metadata, generation: 3 } }),
  'another wish': (tenant) => ({ ...tenant, status: { ...tenant.status, settledWish: 'other' } }),
  'a spec that its wish was not made of': (tenant) => ({ ...tenant, spec: { ...tenant.spec, displayName: 'Acme' } }),
  'an edit of its class': (tenant) => ({
    ...tenant,
    status: { ...tenant.status, class: { name: 'standard', revision: 'old', wasReady: true, spec: {} } } as unknown as TenantStatus,
  }),
  'a class that is not there': (tenant) => ({ ...tenant, spec: { ...tenant.spec, classRef: { name: 'other' } } }),
  deletion: (tenant) => ({ ...tenant, metadata: { ...tenant.metadata, deletionTimestamp: '2026-03-01T00:00:00Z' } }),
  'a finalizer taken away': (tenant) => ({ ...tenant, metadata: { ...tenant.metadata, finalizers: [] } }),
  'a pause': (tenant) => ({ ...tenant, spec: { ...tenant.spec, paused: true } }),
  'a look asked for': (tenant) => annotated(tenant, 'tenantry.dev/reconcile-requested-at'),
  'a rotation asked for': (tenant) => annotated(tenant, 'tenantry.dev/rotate-requested-at'),
  'a rotation under way': (tenant) => ({
    ...tenant,
    status: { ...tenant.status, credentials: { generation: 2, rotatedAt: '2026-02-01T00:00:00Z', overlapUntil: '2026-04-01T00:00:00Z' } },
  }),
  'a rotation that is due': (tenant) => ({
    ...tenant,
    spec: { ...tenant.spec, credentials: { ...tenant.spec.credentials, rotateEvery: '24h' } },
  }),
  'differences told': (tenant) => ({ ...tenant, status: { ...tenant.status, drift: { count: 1, items: [] } } as unknown as TenantStatus }),
  'a step that failed': (tenant) => withStep(tenant, { state: 'Failed' }),
  'a step of an older spec': (tenant) => withStep(tenant, { observedGeneration: 1 }),
  'no status': ({ status: _status, ...tenant }) => tenant as TenantObject,
};

it.each(Object.keys(DOUBTS))('looks at a tenant with %s', async (doubt) => {
  expect(await look(DOUBTS[doubt]?.(settled()) as TenantObject)).toBeUndefined();
});

it('looks at a tenant of which something watched differs', async () => {
  const differs: Outcome = { kind: 'differs', drift: [] };
  expect(await look(settled(), partsWith(differs))).toBeUndefined();
});

function annotated(tenant: TenantObject, name: string): TenantObject {
  return { ...tenant, metadata: { ...tenant.metadata, annotations: { [name]: '2026-02-02T00:00:00Z' } } };
}

function withStep(tenant: ReturnType<typeof settled>, change: object): TenantObject {
  return { ...tenant, status: { ...tenant.status, steps: tenant.status.steps?.map((step) => ({ ...step, ...change })) } as TenantStatus };
}
