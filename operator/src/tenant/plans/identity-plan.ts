import type { MachineClient, MachineClientSpec, Organization } from '../../keycloak/port.ts';
import type { Plan } from '../converge.ts';

/** Groups every organization has: the roles of design D11. */
export const GROUPS = ['admin', 'editor', 'viewer', 'machine'] as const;
export const MACHINE_GROUP = 'machine';

export interface WantedIdentity {
  readonly organization: Omit<Organization, 'id'> & { readonly tenantId: string };
  readonly client: MachineClientSpec;
}

export interface FoundIdentity {
  readonly organization: Organization | undefined;
  readonly groups: ReadonlyMap<string, string>;
  readonly client: MachineClient | undefined;
  readonly isMember: boolean;
  readonly isInMachineGroup: boolean;
}

/** No ids: those of new things are known only once they are made. Whoever applies the changes in order fills them in. */
export type IdentityChange =
  | { readonly kind: 'create-organization' }
  | { readonly kind: 'update-organization' }
  | { readonly kind: 'create-group'; readonly name: string }
  | { readonly kind: 'create-client' }
  | { readonly kind: 'update-client'; readonly what: readonly string[] }
  | { readonly kind: 'add-member' }
  | { readonly kind: 'join-machine-group' };

/** Everything to change, in order. An organization or client of that name with another tenantId is refused before anything is changed. */
export function identityPlan(wanted: WantedIdentity, found: FoundIdentity): Plan<IdentityChange> {
  const { organization, client } = found;
  if (client !== undefined && client.tenantId !== wanted.client.tenantId)
    return refuse(`Client ${client.clientId} exists in Keycloak and does not belong to this tenant; nothing was changed.`);
  if (organization !== undefined && organization.tenantId !== undefined && organization.tenantId !== wanted.organization.tenantId)
    return refuse(`Organization ${organization.alias} exists in Keycloak and does not belong to this tenant; nothing was changed.`);

  const changes: IdentityChange[] = [];
  if (organization === undefined) changes.push({ kind: 'create-organization' });
  else if (
    organization.enabled !== wanted.organization.enabled ||
    organization.description !== wanted.organization.description ||
    organization.tenantId !== wanted.organization.tenantId
  )
    changes.push({ kind: 'update-organization' });
  for (const name of GROUPS) if (!found.groups.has(name)) changes.push({ kind: 'create-group', name });

  const what: string[] = client === undefined ? [] : [...client.deviations];
  if (client !== undefined && client.enabled !== wanted.client.enabled) what.push('enabled');
  if (client !== undefined && client.secret !== wanted.client.secret) what.push('secret');
  if (client === undefined) changes.push({ kind: 'create-client' });
  else if (what.length > 0) changes.push({ kind: 'update-client', what });
  if (!found.isMember) changes.push({ kind: 'add-member' });
  if (!found.isInMachineGroup) changes.push({ kind: 'join-machine-group' });
  return { changes };
}

/** One change in a few words, for events and messages. */
export function describeIdentityChange(change: IdentityChange): string {
  switch (change.kind) {
    case 'create-organization':
      return 'organization';
    case 'update-organization':
      return 'organization’s settings';
    case 'create-group':
      return `organization group /${change.name}`;
    case 'create-client':
      return 'machine client';
    case 'update-client':
      return `machine client (${change.what.join(', ')})`;
    case 'add-member':
      return 'membership of the machine client';
    case 'join-machine-group':
      return 'machine client in group /machine';
  }
}

function refuse(message: string): Plan<IdentityChange> {
  return { refused: { reason: 'Conflict', message } };
}
