import { tenantEvents } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { lifecycleEvents, type TenantLife } from './lifecycle-events.ts';
import type { RegistryState } from './port.ts';

const life = (state: RegistryState, more: Partial<TenantLife> = {}): TenantLife => ({
  tenantId: '01900000-0000-7000-8000-000000000001',
  slug: 'acme',
  class: 'standard',
  state,
  closedReason: undefined,
  ...more,
});
const told = (before: TenantLife, after: TenantLife, isFirst = false) =>
  lifecycleEvents(before, after, isFirst).map(({ type, data }) => {
    expect(tenantEvents[type].safeParse(data).error?.issues).toBeUndefined();
    return type.replace('dev.tenantry.tenant.', '');
  });

it.each<[string, TenantLife, TenantLife, boolean, string[]]>([
  ['opens for the first time', life('Provisioning'), life('Active'), true, ['created.v1']],
  ['opens suspended', life('Provisioning'), life('Suspended'), true, ['created.v1']],
  ['comes back after a deletion', life('Provisioning'), life('Active'), false, ['restored.v1']],
  ['is suspended', life('Active'), life('Suspended', { closedReason: 'unpaid' }), false, ['suspended.v1']],
  ['is suspended further', life('ReadOnly'), life('Suspended'), false, ['suspended.v1']],
  ['may be read again only', life('Suspended'), life('ReadOnly'), false, ['restricted.v1']],
  ['is made read-only', life('Active'), life('ReadOnly'), false, ['restricted.v1']],
  ['is resumed', life('Suspended'), life('Active'), false, ['resumed.v1']],
  ['changes its class', life('Active'), life('Active', { class: 'large' }), false, ['class-changed.v1']],
  ['does both', life('Suspended'), life('Active', { class: 'large' }), false, ['class-changed.v1', 'resumed.v1']],
  ['changes its class before it opens', life('Provisioning'), life('Provisioning', { class: 'large' }), true, []],
  ['is deleted', life('Active'), life('Closed'), false, ['deleted.v1']],
  ['is deleted before it opened', life('Provisioning'), life('Closed'), true, []],
  ['stays as it is', life('Active'), life('Active', { closedReason: 'nothing' }), false, []],
])('a tenant that %s', (_, before, after, isFirst, types) => {
  expect(told(before, after, isFirst)).toEqual(types);
});

it('says why a tenant was suspended, and which class it had', () => {
  expect(lifecycleEvents(life('Active'), life('Suspended', { closedReason: 'unpaid' }), false)[0]?.data).toEqual({
    tenant: { id: life('Active').tenantId, name: 'acme', class: 'standard', state: 'Suspended' },
    reason: 'unpaid',
  });
  expect(lifecycleEvents(life('Active'), life('Active', { class: 'large' }), false)[0]?.data).toMatchObject({ before: 'standard' });
});
