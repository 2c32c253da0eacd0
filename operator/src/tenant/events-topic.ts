import { sharedEventsTopic } from '@tenantry/contracts';
import type { TenantPass } from './tenant-pass.ts';

/** Where the tenant's class wants its events: on the tenant's own topic or on the cell's shared one. */
export function eventsTopicOf({ names, spec, place }: Pick<TenantPass, 'names' | 'spec' | 'place'>): string {
  return spec.topicMode === 'Shared' ? sharedEventsTopic(place.cell.name) : names.eventsTopic;
}
