import type { TenantEventType } from '@tenantry/contracts';
import type { RegistryState } from './port.ts';

/** What of a registry row events tell of. */
export interface TenantLife {
  readonly tenantId: string;
  readonly slug: string;
  readonly class: string;
  readonly state: RegistryState;
  readonly closedReason: string | undefined;
}

/** An event of a tenant's life, as the outbox holds it. */
export interface LifecycleEvent {
  readonly type: TenantEventType;
  readonly data: object;
}

/**
 * What a change of the registry row means to those who follow the tenant; nothing for most changes. `isFirst`: nothing was told of it before. Pure.
 */
export function lifecycleEvents(before: TenantLife, after: TenantLife, isFirst: boolean): LifecycleEvent[] {
  const tenant = { id: after.tenantId, name: after.slug, class: after.class, state: after.state };
  const events: LifecycleEvent[] = [];
  // Nobody follows a tenant that is not open yet: what it was given until then is told by its opening.
  if (before.class !== after.class && before.state !== 'Provisioning' && before.state !== 'Closed')
    events.push({ type: 'dev.tenantry.tenant.class-changed.v1', data: { tenant, before: before.class } });
  const verb = before.state === after.state ? undefined : verbOf(before.state, after.state, isFirst);
  const reason = verb === 'suspended' || verb === 'restricted' ? { reason: after.closedReason ?? null } : {};
  if (verb !== undefined) events.push({ type: `dev.tenantry.tenant.${verb}.v1`, data: { tenant, ...reason } });
  return events;
}

function verbOf(before: RegistryState, after: RegistryState, isFirst: boolean) {
  if (after === 'Provisioning') return undefined;
  if (after === 'Closed') return before === 'Provisioning' && isFirst ? undefined : 'deleted';
  if (before === 'Provisioning' || before === 'Closed') return isFirst ? 'created' : 'restored';
  if (after === 'Suspended') return 'suspended';
  return after === 'ReadOnly' ? 'restricted' : 'resumed';
}
