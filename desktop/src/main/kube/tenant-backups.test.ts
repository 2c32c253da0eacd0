import { KubeError } from '@tenantry/operator/control/kube-error.ts';
import { expect, it } from 'vitest';
import { askForBackup, askForRestore, readBackups } from './tenant-backups.ts';

const PLACE = 's3://cell/backups/a/b/';
const said = (status: 'True' | 'False' | 'Unknown', reason: string, message = '') => ({
  conditions: [{ type: 'Ready', status, reason, message, lastTransitionTime: '' }],
});
const backup = (name: string, askedAt: string, status?: object) => ({
  metadata: { name, creationTimestamp: askedAt },
  spec: { tenantRef: { name: 'acme' } },
  ...(status && { status }),
});
const restore = (name: string, askedAt: string, status?: object) => ({
  ...backup(name, askedAt, status),
  spec: { tenantRef: { name: 'acme' }, location: PLACE },
});

/** An API server that has these, or answers a list of the kind with the error. */
function having(kinds: { readonly tenantbackups?: object[] | KubeError; readonly tenantrestores?: object[] | KubeError }) {
  const asked: unknown[] = [];
  const list = async ({ plural }: { readonly plural: 'tenantbackups' | 'tenantrestores' }, options: unknown) => {
    asked.push([plural, options]);
    const found = kinds[plural] ?? [];
    if (found instanceof KubeError) throw found;
    return { items: found, resourceVersion: '1' };
  };
  return { api: { list } as never, asked };
}

it('asks for those of one tenant alone', async () => {
  const { api, asked } = having({});
  expect(await readBackups(api, 'acme')).toEqual({ state: 'read', backups: [], restores: [] });
  const fieldSelector = 'spec.tenantRef.name=acme';
  expect(asked).toEqual([
    ['tenantbackups', { fieldSelector }],
    ['tenantrestores', { fieldSelector }],
  ]);
});

it('has the newest first', async () => {
  const { api } = having({
    tenantbackups: [backup('old', '2026-01-01T09:00:00Z'), backup('new', '2026-01-01T12:00:00Z'), backup('mid', '2026-01-01T11:00:00Z')],
    tenantrestores: [restore('first', '2026-01-01T09:00:00Z'), restore('second', '2026-01-02T09:00:00Z')],
  });
  const reading = await readBackups(api, 'acme');
  if (reading.state !== 'read') throw new Error(reading.state);
  expect(reading.backups.map(({ name }) => name)).toEqual(['new', 'mid', 'old']);
  expect(reading.restores?.map(({ name }) => name)).toEqual(['second', 'first']);
});

it.each([
  [undefined, 'waiting'],
  [{}, 'waiting'],
  [said('False', 'Progressing'), 'making'],
  // The operator could not look: it looks again.
  [said('Unknown', 'ObservationFailed'), 'making'],
  [said('True', 'BackedUp'), 'proven'],
  [said('False', 'BackupFailed'), 'failed'],
  [said('False', 'BackupStoreMissing'), 'storeMissing'],
  [said('False', 'TenantMissing'), 'tenantMissing'],
] as const)('a backup with status %j is %s', async (status, state) => {
  const { api } = having({ tenantbackups: [backup('one', '2026-01-01T09:00:00Z', status)] });
  expect(await readBackups(api, 'acme')).toMatchObject({ backups: [{ name: 'one', state }] });
});

it.each([
  [undefined, 'waiting'],
  [said('False', 'Progressing'), 'restoring'],
  // Not for good yet.
  [said('False', 'RestoreRefused'), 'restoring'],
  [{ ...said('False', 'RestoreRefused'), finishedAt: '2026-01-01T09:01:00Z' }, 'refused'],
  [{ ...said('True', 'Restored'), finishedAt: '2026-01-01T09:01:00Z' }, 'restored'],
] as const)('a restore with status %j is %s', async (status, state) => {
  const { api } = having({ tenantrestores: [restore('one', '2026-01-01T09:00:00Z', status)] });
  expect(await readBackups(api, 'acme')).toMatchObject({ restores: [{ name: 'one', state }] });
});

it('has what the operator says of each: its words, place and size, and where the data before went', async () => {
  const askedAt = '2026-01-01T09:00:00Z';
  const { api } = having({
    tenantbackups: [backup('b', askedAt, { ...said('True', 'BackedUp', 'Proven.'), location: PLACE, rows: 7, bytes: 4096 })],
    tenantrestores: [restore('r', askedAt, { ...said('True', 'Restored', 'Done.'), replacedSchema: 'replaced_1' })],
  });
  expect(await readBackups(api, 'acme')).toEqual({
    state: 'read',
    backups: [{ name: 'b', askedAt, state: 'proven', says: 'Proven.', location: PLACE, rows: 7, bytes: 4096 }],
    restores: [{ name: 'r', askedAt, state: 'restored', says: 'Done.', location: PLACE, replacedSchema: 'replaced_1' }],
  });
});

it.each([
  ['Forbidden', 'closed'],
  ['NotFound', 'absent'],
] as const)('where the API server says %s, they are %s', async (reason, state) => {
  const { api } = having({ tenantbackups: new KubeError(reason, 'no') });
  expect(await readBackups(api, 'acme')).toEqual({ state });
});

it('has the backups for who may see no restores', async () => {
  const { api } = having({ tenantbackups: [backup('b', '')], tenantrestores: new KubeError('Forbidden', 'no') });
  expect(await readBackups(api, 'acme')).toMatchObject({ state: 'read', backups: [{ name: 'b' }], restores: undefined });
});

it('says so when the API server is away', async () => {
  const { api } = having({ tenantrestores: new KubeError('Unavailable', 'away') });
  await expect(readBackups(api, 'acme')).rejects.toMatchObject({ reason: 'Unavailable' });
});

it('asks for a backup and for a restore of a tenant, each under a name of its own', async () => {
  const created: unknown[] = [];
  const api = { create: async (_: unknown, object: unknown) => created.push(object) && object } as never;
  const first = await askForBackup(api, 'acme');
  const second = await askForRestore(api, { tenant: 'acme', location: PLACE });
  for (const { name } of [first, second]) expect(name).toMatch(/^acme-[0-9a-f]{8}$/);
  expect(first.name).not.toBe(second.name);
  const apiVersion = 'tenantry.dev/v1alpha1';
  const tenantRef = { name: 'acme' };
  expect(created).toEqual([
    { apiVersion, kind: 'TenantBackup', metadata: first, spec: { tenantRef } },
    { apiVersion, kind: 'TenantRestore', metadata: second, spec: { tenantRef, location: PLACE } },
  ]);
});
