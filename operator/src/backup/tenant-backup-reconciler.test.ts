import { tenantNames } from '@tenantry/contracts';
import { expect, it, vi } from 'vitest';
import type { TenantBackupObject, TenantObject } from '../kubernetes/resources.ts';
import { BucketAway } from '../s3/port.ts';
import { TenantBackupReconciler, type TenantBackupReconcilerParts } from './tenant-backup-reconciler.ts';

const request: TenantBackupObject = {
  apiVersion: 'tenantry.dev/v1alpha1',
  kind: 'TenantBackup',
  metadata: { name: 'now', uid: 'u', generation: 1, resourceVersion: '1' },
  spec: { tenantRef: { name: 'acme' } },
};

/** A reconciler of one request, and what it wrote last. */
function reconciler(parts: Partial<TenantBackupReconcilerParts>, tenant: object = {}) {
  const written: TenantBackupObject[] = [];
  const { tenantId } = { tenantId: '0190a1b2-0000-7000-8000-000000000001' };
  const one = new TenantBackupReconciler({
    api: {
      get: async () => undefined,
      apply: async (_resource, object) => {
        written.push(object as unknown as TenantBackupObject);
        return { object, outcome: 'updated' } as never;
      },
    },
    requests: { get: () => request },
    tenants: { get: () => ({ metadata: { name: 'acme', ...tenant } }) as TenantObject },
    cell: 'local',
    registry: { registration: async () => ({ ...tenantNames('acme', 'local'), tenantId, slug: 'acme', state: 'Active' }) as never },
    backups: { make: () => Promise.reject(new Error('not begun here')) },
    runs: { ask: () => ({ state: 'running' }) },
    events: { normal: vi.fn(), warning: vi.fn() } as never,
    assertLeading: () => {},
    isDefault: true,
    ...parts,
  });
  const said = (): string => {
    const ready = written.at(-1)?.status?.conditions?.[0];
    return `${ready?.status}/${ready?.reason}: ${ready?.message}`;
  };
  return { reconcile: () => one.reconcile('now'), said };
}

it('says what a backup failed with, and tries again', async () => {
  const error = new BucketAway('the bucket does not answer');
  const { reconcile, said } = reconciler({ runs: { ask: () => ({ state: 'failed', error }) } });
  await expect(reconcile()).rejects.toBe(error);
  expect(said()).toBe('False/BackupFailed: It failed and is tried again. the bucket does not answer');
});

it('says what a cell without a bucket lacks', async () => {
  const { reconcile, said } = reconciler({ backups: undefined });
  await reconcile();
  expect(said()).toBe('False/BackupStoreMissing: Cell local has no bucket: set s3 in cells.json and restart the operator.');
});

it('begins nothing for a tenant that is being deleted, and looks again', async () => {
  const ask = vi.fn();
  const { reconcile, said } = reconciler({ runs: { ask } }, { deletionTimestamp: '2026-01-01T00:00:00Z' });
  expect(await reconcile()).toEqual({ requeueAfterMs: 10_000 });
  expect(said()).toContain('False/TenantMissing');
  expect(ask).not.toHaveBeenCalled();
});

it('says that there is no such tenant only when it is the operator of tenants without a label', async () => {
  const nobody = { tenants: { get: () => undefined } };
  const ours = reconciler(nobody);
  await ours.reconcile();
  expect(ours.said()).toContain('False/TenantMissing');
  const theirs = reconciler({ ...nobody, isDefault: false });
  expect(await theirs.reconcile()).toBeUndefined();
  expect(theirs.said()).toContain('undefined');
});
