import { KubeError } from '@tenantry/operator/control/kube-error.ts';
import { describe, expect, it } from 'vitest';
import { aTenant } from '../../../testing/a-tenant.ts';
import type { TenantChange, TenantChangeRequest } from '../../platform/platform-view-questions.ts';
import { createTenant, performChange, previewChange } from './tenant-changes.ts';
import type { TenantObject } from './tenant-kinds.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const desktopApplied = [
  { manager: 'tenantry-desktop', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:classRef': { 'f:name': {} }, 'f:displayName': {} } } },
];
const request = (change: TenantChange, more: Partial<TenantChangeRequest> = {}): TenantChangeRequest => ({
  name: 'acme',
  uid: 'uid-of-acme',
  change,
  reason: 'because',
  takeOver: false,
  ...more,
});

/** What an API server is asked, and the answers that a test gives it. */
function server(stored: TenantObject | undefined, refusals: readonly Error[] = []) {
  const left = [...refusals];
  const applied: { object: TenantObject; options: object }[] = [];
  const deleted: object[] = [];
  const api = {
    get: async () => stored,
    apply: async (_: unknown, object: TenantObject, options: object) => {
      applied.push({ object, options });
      const refusal = left.shift();
      if (refusal !== undefined) throw refusal;
      return { object: { ...object, spec: { ...stored?.spec, ...object.spec } }, created: stored === undefined };
    },
    delete: async (_: unknown, __: unknown, options: object) => {
      deleted.push(options);
      return 'deleted' as const;
    },
  };
  return { api: api as never, applied, deleted };
}

describe('a change of a tenant', () => {
  it('keeps what the desktop applied before, is bound to the object that was looked at, and says why', async () => {
    const { api, applied } = server(aTenant({ displayName: 'Acme' }, { managedFields: desktopApplied }));
    const preview = await previewChange(api, request({ kind: 'suspend' }), NOW);
    expect(applied).toEqual([
      {
        object: {
          apiVersion: 'tenantry.dev/v1alpha1',
          kind: 'Tenant',
          metadata: { name: 'acme', uid: 'uid-of-acme', resourceVersion: '7', annotations: { 'tenantry.dev/change-reason': 'because' } },
          spec: { displayName: 'Acme', classRef: { name: 'standard' }, lifecycle: { state: 'Suspended', reason: 'because' } },
        },
        options: { fieldManager: 'tenantry-desktop', force: false, dryRun: true },
      },
    ]);
    expect(preview).toMatchObject({
      verdict: 'allowed',
      changes: expect.arrayContaining([{ path: 'spec.lifecycle.state', before: 'Active', after: 'Suspended' }]),
    });
  });

  it.each<[TenantChange, object]>([
    [{ kind: 'readOnly' }, { lifecycle: { state: 'ReadOnly', reason: 'because' } }],
    [{ kind: 'resume' }, { lifecycle: { state: 'Active' } }],
    [{ kind: 'class', class: 'gold' }, { classRef: { name: 'gold' } }],
    [{ kind: 'scale', replicas: 3 }, { workload: { replicas: 3 } }],
    [{ kind: 'protect', on: false }, { deletionProtection: false }],
  ])('sets for %j nothing but its own fields', async (change, spec) => {
    const { api, applied } = server(aTenant());
    await performChange(api, request(change), NOW);
    expect(applied.map(({ object }) => object.spec)).toEqual([spec]);
  });

  it('names the managers of fields that are not the desktop’s, and takes them only when told', async () => {
    const conflict = new KubeError('Conflict', 'conflict', {
      details: { causes: [{ field: '.spec.lifecycle.state', message: 'conflict with "argocd-controller" using tenantry.dev/v1alpha1' }] },
    });
    const refusing = server(aTenant(), [conflict]);
    expect(await performChange(refusing.api, request({ kind: 'suspend' }), NOW)).toEqual({
      verdict: 'owned',
      owners: [{ path: 'spec.lifecycle.state', manager: 'argocd-controller' }],
    });
    const taking = server(aTenant());
    await performChange(taking.api, request({ kind: 'suspend' }, { takeOver: true }), NOW);
    expect(taking.applied[0]?.options).toMatchObject({ force: true });
  });

  it('looks again when somebody else was faster, and gives up after the third time', async () => {
    const faster = new KubeError('Conflict', 'the object has been modified');
    const twice = server(aTenant(), [faster, faster]);
    expect(await performChange(twice.api, request({ kind: 'resume' }), NOW)).toMatchObject({ verdict: 'allowed' });
    const always = server(aTenant(), [faster, faster, faster]);
    await expect(performChange(always.api, request({ kind: 'resume' }), NOW)).rejects.toBe(faster);
  });

  it('passes on the server’s own words of a refusal', async () => {
    const { api } = server(aTenant(), [new KubeError('Invalid', 'PATCH /apis/x: spec.workload.replicas has no meaning')]);
    expect(await performChange(api, request({ kind: 'scale', replicas: 2 }), NOW)).toEqual({
      verdict: 'refused',
      why: 'spec.workload.replicas has no meaning',
    });
  });

  it('touches nothing of a tenant that was made anew under the same name', async () => {
    const { api, applied } = server(aTenant());
    expect(await performChange(api, request({ kind: 'suspend' }, { uid: 'another' }), NOW)).toMatchObject({ verdict: 'refused' });
    expect(applied).toEqual([]);
  });

  it('deletes only the object that was looked at, and destroys data only with the name on it', async () => {
    const kept = server(aTenant());
    await previewChange(kept.api, request({ kind: 'delete' }), NOW);
    expect(kept.deleted).toEqual([{ uid: 'uid-of-acme', dryRun: true }]);
    expect(kept.applied[0]?.object.metadata.annotations).not.toHaveProperty(['tenantry.dev/confirm-delete']);

    const destroyed = server(aTenant({ deletionPolicy: 'Delete', deletionProtection: false }));
    expect(await previewChange(destroyed.api, request({ kind: 'delete' }), NOW)).toMatchObject({ verdict: 'allowed' });
    expect(destroyed.deleted).toEqual([]);
    await performChange(destroyed.api, request({ kind: 'delete' }), NOW);
    expect(destroyed.applied[1]?.object.metadata.annotations).toMatchObject({ 'tenantry.dev/confirm-delete': 'acme' });
    expect(destroyed.deleted).toEqual([{ uid: 'uid-of-acme', dryRun: false }]);
  });
});

describe('a new tenant', () => {
  it('is applied in the desktop’s name, and refused when there is one', async () => {
    const free = server(undefined);
    expect(await createTenant(free.api, aTenant(), false)).toMatchObject({ verdict: 'allowed' });
    expect(free.applied[0]?.options).toEqual({ fieldManager: 'tenantry-desktop', dryRun: false, force: false });
    const taken = server(aTenant());
    expect(await createTenant(taken.api, aTenant(), false)).toMatchObject({ verdict: 'refused' });
    expect(taken.applied).toEqual([]);
  });
});
