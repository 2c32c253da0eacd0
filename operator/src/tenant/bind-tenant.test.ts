import { tenantNames } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { aRegistration, aTenant } from '../../testing/tenant-fixtures.ts';
import type { Registration, Tombstone } from '../postgres/port.ts';
import { bindTenant } from './bind-tenant.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const OLD_ID = '01900000-0000-7000-8000-00000000000a';
const tombstone: Tombstone = {
  tenantId: OLD_ID,
  slug: 'acme',
  schemaName: 'retired_x',
  policy: 'Retain',
  confirmedBy: undefined,
  backup: 'none',
  topics: [],
  organizationId: undefined,
  client: undefined,
  requestedAt: NOW,
  purgeAfter: undefined,
};

/** A registry of one row and one tombstone that notes what is asked of it. */
function store(row: Registration | undefined, stone?: Tombstone) {
  const done: string[] = [];
  const state = { row, stone };
  const ports = {
    registry: {
      registration: async () => state.row,
      tombstone: async () => state.stone,
      register: async (fresh: Registration) => {
        done.push('register');
        state.row ??= fresh;
      },
      update: async (_id: string, change: Partial<Registration>) => {
        done.push('update');
        if (state.row !== undefined) state.row = { ...state.row, ...change };
      },
    },
    retirement: {
      adopt: async (_stone: Tombstone, to: { uid: string }) => {
        done.push('adopt');
        if (state.row !== undefined) state.row = { ...state.row, uid: to.uid };
        state.stone = undefined;
        return true;
      },
    },
  };
  const bind = (annotations?: Record<string, string>) =>
    bindTenant(ports as never, aTenant({}, annotations ? { annotations } : {}), tenantNames('acme', 'main'), aRegistration(), NOW);
  return { bind, done };
}

it('registers a new name once, and finds it again after a crash', async () => {
  const { bind, done } = store(undefined);
  expect((await bind()).registration).toEqual(aRegistration());
  expect((await bind()).registration).toEqual(aRegistration());
  expect(done).toEqual(['register']);
});

it('refuses a name whose data belongs to another Tenant, and touches nothing', async () => {
  for (const { bind, done } of [
    store(aRegistration({ tenantId: OLD_ID, uid: 'other' })),
    store(aRegistration({ tenantId: OLD_ID, uid: 'other' }), tombstone),
    store(undefined, tombstone),
  ]) {
    const { refused } = await bind();
    expect(refused?.reason).toBe('NameRetained');
    expect(refused?.message).toContain(`tenantry.dev/adopt=${OLD_ID}`);
    expect(done).toEqual([]);
  }
});

it('refuses to adopt other data than was named', async () => {
  const { bind, done } = store(aRegistration({ tenantId: OLD_ID, uid: 'other' }), tombstone);
  expect((await bind({ 'tenantry.dev/adopt': 'something-else' })).refused?.reason).toBe('AdoptionMismatch');
  expect(done).toEqual([]);
});

it('gives retained data back to the Tenant that names it', async () => {
  const { bind, done } = store(aRegistration({ tenantId: OLD_ID, uid: 'other' }), tombstone);
  expect((await bind({ 'tenantry.dev/adopt': OLD_ID })).registration).toMatchObject({ tenantId: OLD_ID, uid: 'uid-1' });
  expect(done).toEqual(['adopt']);
});

it('takes over a name of a cluster that is no more, with its tenantId', async () => {
  const { bind, done } = store(aRegistration({ tenantId: OLD_ID, uid: 'of another cluster' }));
  expect((await bind({ 'tenantry.dev/adopt': OLD_ID })).registration).toMatchObject({ tenantId: OLD_ID, uid: 'uid-1' });
  expect(done).toEqual(['update']);
});

it('does not give back data whose purge is due: half of it may be gone', async () => {
  const { bind, done } = store(aRegistration({ tenantId: OLD_ID, uid: 'other' }), { ...tombstone, purgeAfter: NOW });
  expect((await bind({ 'tenantry.dev/adopt': OLD_ID })).refused?.message).toContain('being purged');
  expect(done).toEqual([]);
});
