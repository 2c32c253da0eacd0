import { IdentityConflict } from '../../keycloak/keycloak-errors.ts';
import { converge } from '../converge.ts';
import {
  describeIdentityChange,
  type FoundIdentity,
  type IdentityChange,
  identityPlan,
  MACHINE_GROUP,
  type WantedIdentity,
} from '../plans/identity-plan.ts';
import type { Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/** Ids Keycloak gave, as far as they are known: from looking, then from making. */
interface Known {
  organizationId: string | undefined;
  clientId: string | undefined;
  userId: string | undefined;
  readonly groups: Map<string, string>;
}

/** The organization with its groups, and the machine client whose service account is a member in `/machine`. */
export const identityStep: Step = {
  name: 'identity',
  condition: 'IdentityReady',
  run: async (pass) => {
    const wanted = wantedIdentity(pass);
    const known: Known = { organizationId: pass.registration.organizationId, clientId: undefined, userId: undefined, groups: new Map() };
    try {
      return await converge(pass, {
        look: async () => identityPlan(wanted, await look(pass, known)),
        apply: async (changes) => {
          for (const change of changes) await apply(pass, wanted, known, change);
        },
        describe: describeIdentityChange,
        done: () => {
          if (known.organizationId !== undefined) pass.seen.organizationId = known.organizationId;
          return `Organization ${pass.names.organizationAlias} and machine client ${pass.names.machineClientId} are as wanted.`;
        },
      });
    } catch (error) {
      if (error instanceof IdentityConflict)
        return { kind: 'blocked', reason: 'Conflict', message: `${error.message}; nothing was changed.` };
      throw error;
    }
  },
};

function wantedIdentity({ tenant, tenantId, names, spec, credentials }: TenantPass): WantedIdentity {
  // Disabling the organization is the identity side of suspending: neither people nor the machine client get a token with it.
  const enabled = spec.state !== 'Suspended';
  const description = tenant.spec.displayName ?? tenant.metadata.name;
  return {
    organization: { alias: names.organizationAlias, description, enabled, tenantId },
    client: { clientId: names.machineClientId, tenantId, secret: credentials.for('client').password, enabled },
  };
}

async function look({ ports: { identity }, names, tenantId }: TenantPass, known: Known): Promise<FoundIdentity> {
  const [organization, client] = await Promise.all([
    identity.organization({ tenantId, id: known.organizationId }),
    identity.machineClient(names.machineClientId),
  ]);
  known.organizationId = organization?.id;
  known.clientId = client?.id;
  const nothing = { groups: new Map<string, string>(), isMember: false, isInMachineGroup: false };
  // Somebody else's: what is inside is none of our business.
  if (organization === undefined || (organization.tenantId ?? tenantId) !== tenantId) return { organization, client, ...nothing };
  const [groups, userId] = await Promise.all([
    identity.groups(organization.id),
    client === undefined ? undefined : identity.serviceAccountOf(client.id),
  ]);
  known.userId = userId;
  known.groups.clear();
  for (const [name, id] of groups) known.groups.set(name, id);
  const machineGroup = groups.get(MACHINE_GROUP);
  const [isMember, members] = await Promise.all([
    userId === undefined ? false : identity.isMember(organization.id, userId),
    machineGroup === undefined || userId === undefined ? ([] as readonly string[]) : identity.groupMembers(organization.id, machineGroup),
  ]);
  return { organization, client, groups, isMember, isInMachineGroup: userId !== undefined && members.includes(userId) };
}

async function apply({ ports: { identity } }: TenantPass, wanted: WantedIdentity, known: Known, change: IdentityChange): Promise<void> {
  switch (change.kind) {
    case 'create-organization':
      known.organizationId = await identity.createOrganization(wanted.organization);
      return;
    case 'update-organization':
      return identity.updateOrganization({ ...wanted.organization, id: must(known.organizationId) });
    case 'create-group':
      known.groups.set(change.name, await identity.createGroup(must(known.organizationId), change.name));
      return;
    case 'create-client':
      known.clientId = await identity.createMachineClient(wanted.client);
      return;
    case 'update-client':
      return identity.updateMachineClient(must(known.clientId), wanted.client);
    case 'add-member':
      known.userId ??= await identity.serviceAccountOf(must(known.clientId));
      return identity.addMember(must(known.organizationId), known.userId);
    case 'join-machine-group':
      known.userId ??= await identity.serviceAccountOf(must(known.clientId));
      return identity.joinGroup(must(known.organizationId), must(known.groups.get(MACHINE_GROUP)), known.userId);
  }
}

/** The plan's order guarantees the id; without it the order is broken. */
function must(id: string | undefined): string {
  if (id === undefined) throw new Error('the identity plan wanted to use something before making it');
  return id;
}
