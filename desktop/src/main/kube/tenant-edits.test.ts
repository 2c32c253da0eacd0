import { describe, expect, it } from 'vitest';
import { aTenant } from '../../../testing/a-tenant.ts';
import type { TenantEditRequest } from '../../platform/platform-view-questions.ts';
import { editTenant } from './tenant-edits.ts';
import type { TenantObject } from './tenant-kinds.ts';
import { manifestOf } from './tenant-reading.ts';

const TOPICS = [
  { name: 'orders', partitions: 3, retention: '168h', cleanupPolicy: 'delete' },
  { name: 'bills', partitions: 3, retention: '168h', cleanupPolicy: 'delete' },
];
/** The desktop has set the display name, Argo CD the topic `orders`; `bills` and the rest are kubectl's. */
const managedFields = [
  { manager: 'tenantry-desktop', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:displayName': {} } } },
  {
    manager: 'argocd',
    operation: 'Apply',
    fieldsV1: { 'f:spec': { 'f:messaging': { 'f:topics': { 'k:{"name":"orders"}': { 'f:name': {}, 'f:partitions': {} } } } } },
  },
];
const tenant = (): TenantObject => aTenant({ displayName: 'Acme', messaging: { topics: TOPICS, queues: [] } }, { managedFields });

/** An API server that answers an apply with what was applied, and the edit of what it holds. */
async function edited(change: (spec: Spec) => void, more: Partial<TenantEditRequest> = {}) {
  const applied: { object: TenantObject; options: object }[] = [];
  const stored = tenant();
  const api = {
    get: async () => stored,
    apply: async (_: unknown, object: TenantObject, options: object) => {
      applied.push({ object, options });
      return { object: stored, created: false };
    },
  };
  const seen = JSON.parse(JSON.stringify(manifestOf(stored)));
  const manifest = structuredClone(seen);
  change(manifest.spec);
  const request = { name: 'acme', uid: 'uid-of-acme', seen, manifest, reason: '', takeOver: false, ...more };
  return { preview: await editTenant(api as never, request, true), applied };
}

interface Spec {
  displayName?: string;
  lifecycle: { state: string };
  messaging: { topics: { name: string; partitions?: number }[] };
}

describe('an edit of the manifest', () => {
  it('applies what the person changed and what was the desktop’s, and nothing they left alone', async () => {
    const { applied, preview } = await edited(
      (spec) => {
        spec.lifecycle.state = 'ReadOnly';
        spec.messaging.topics[0] = { ...TOPICS[0], name: 'orders', partitions: 6 };
        spec.messaging.topics.push({ name: 'mails' });
      },
      { reason: 'Ticket 4711' },
    );
    expect(preview).toMatchObject({ verdict: 'allowed' });
    expect(applied).toMatchObject([{ options: { fieldManager: 'tenantry-desktop', force: false, dryRun: true } }]);
    expect(applied[0]?.object).toMatchObject({
      metadata: { name: 'acme', uid: 'uid-of-acme', annotations: { 'tenantry.dev/change-reason': 'Ticket 4711' } },
    });
    expect(applied[0]?.object.spec).toEqual({
      displayName: 'Acme',
      lifecycle: { state: 'ReadOnly' },
      messaging: { topics: [{ name: 'orders', partitions: 6 }, { name: 'mails' }] },
    });
  });

  it('leaves out what is the desktop’s own and was taken away, which removes it', async () => {
    const { applied } = await edited((spec) => {
      delete spec.displayName;
    });
    expect(applied[0]?.object.spec).toEqual({});
  });

  it('does not take away what another tool keeps: it names the tool', async () => {
    const { applied, preview } = await edited((spec) => {
      spec.messaging.topics.shift();
    });
    expect(applied).toEqual([]);
    expect(preview).toMatchObject({
      verdict: 'refused',
      why: expect.stringContaining('spec.messaging.topics[orders].partitions (argocd)'),
    });
  });

  it('overwrites nothing that somebody changed since the person began', async () => {
    const { applied, preview } = await edited(() => {}, { seen: { ...manifestOf(aTenant({ displayName: 'Acme Ltd' })) } });
    expect(applied).toEqual([]);
    expect(preview).toMatchObject({ verdict: 'refused', why: expect.stringContaining('Somebody changed acme since you began') });
  });
});
