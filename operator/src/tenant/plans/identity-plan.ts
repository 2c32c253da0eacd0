import type { MachineClient, MachineClientSpec, Organization } from '../../keycloak/port.ts';
import type { Plan } from '../converge.ts';

/** Groups every organization has: the roles of design D11. */
export const GROUPS = ['admin', 'editor', 'viewer', 'machine'] as const;
export const MACHINE_GROUP = 'machine';

export interface WantedIdentity {
  readonly organization: Omit<Organization, 'id'> & { readonly tenantId: string };
  /** One for each credential generation that works. */
  readonly clients: readonly MachineClientSpec[];
}

/** A machine client of the tenant's as it was found, and its service account's place in the organization. */
export interface FoundClient {
  readonly client: MachineClient;
  readonly isMember: boolean;
  readonly isInMachineGroup: boolean;
}

export interface FoundIdentity {
  readonly organization: Organization | undefined;
  readonly groups: ReadonlyMap<string, string>;
  /** By client id; those of generations that work no more as well. */
  readonly clients: ReadonlyMap<string, FoundClient>;
}

/** No ids: those of new things are known only once they are made. Whoever applies the changes in order fills them in. */
export type IdentityChange =
  | { readonly kind: 'create-organization' }
  | { readonly kind: 'update-organization' }
  | { readonly kind: 'create-group'; readonly name: string }
  | { readonly kind: 'create-client'; readonly clientId: string }
  | { readonly kind: 'update-client'; readonly clientId: string; readonly what: readonly string[] }
  | { readonly kind: 'add-member'; readonly clientId: string }
  | { readonly kind: 'join-machine-group'; readonly clientId: string }
  | { readonly kind: 'delete-client'; readonly clientId: string };

/** Everything to change, in order. An organization or client of that name with another tenantId is refused before anything is changed. */
export function identityPlan(wanted: WantedIdentity, found: FoundIdentity): Plan<IdentityChange> {
  const { organization, clients } = found;
  for (const { clientId, tenantId } of wanted.clients) {
    const client = clients.get(clientId)?.client;
    if (client !== undefined && client.tenantId !== tenantId)
      return refuse(`Client ${clientId} exists in Keycloak and does not belong to this tenant; nothing was changed.`);
  }
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

  for (const spec of wanted.clients) changes.push(...clientChanges(spec, clients.get(spec.clientId)));
  for (const [clientId, { client }] of clients) {
    const isWanted = wanted.clients.some((spec) => spec.clientId === clientId);
    if (!isWanted && client.tenantId === wanted.organization.tenantId) changes.push({ kind: 'delete-client', clientId });
  }
  return { changes };
}

function clientChanges(spec: MachineClientSpec, found: FoundClient | undefined): IdentityChange[] {
  const { clientId } = spec;
  const changes: IdentityChange[] = [];
  if (found === undefined) changes.push({ kind: 'create-client', clientId });
  else {
    const what: string[] = [...found.client.deviations];
    if (found.client.enabled !== spec.enabled) what.push('enabled');
    if (found.client.secret !== spec.secret) what.push('secret');
    if (what.length > 0) changes.push({ kind: 'update-client', clientId, what });
  }
  if (!found?.isMember) changes.push({ kind: 'add-member', clientId });
  if (!found?.isInMachineGroup) changes.push({ kind: 'join-machine-group', clientId });
  return changes;
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
      return `machine client ${change.clientId}`;
    case 'update-client':
      return `machine client ${change.clientId} (${change.what.join(', ')})`;
    case 'add-member':
      return `membership of machine client ${change.clientId}`;
    case 'join-machine-group':
      return `machine client ${change.clientId} in group /machine`;
    case 'delete-client':
      return `machine client ${change.clientId} (works no more)`;
  }
}

function refuse(message: string): Plan<IdentityChange> {
  return { refused: { reason: 'Conflict', message } };
}
