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
        apply: (changes) => applyInStages(pass, wanted, known, changes),
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

/** Asks everything at once as far as ids are known: a pass over a tenant at rest, and the look after making it, cost one round trip. */
async function look({ ports: { identity }, names, tenantId }: TenantPass, known: Known): Promise<FoundIdentity> {
  const organizationAnswer = identity.organization({ tenantId, id: known.organizationId });
  const clientAnswer = identity.machineClient(names.machineClientId);
  const organizationId = known.organizationId ?? organizationAnswer.then((found) => found?.id);
  const userId = known.userId ?? clientAnswer.then((found) => (found === undefined ? undefined : identity.serviceAccountOf(found.id)));
  const groupsAnswer = withId(organizationId, (id) => identity.groups(id), new Map<string, string>());
  const machineGroup = known.groups.get(MACHINE_GROUP) ?? groupsAnswer.then((found) => found.get(MACHINE_GROUP));
  // All in one wait: each answer may fail, and none may fail unheard.
  const [organization, client, user, groups, isMember, members] = await Promise.all([
    organizationAnswer,
    clientAnswer,
    userId,
    groupsAnswer,
    withIds(organizationId, userId, (id, member) => identity.isMember(id, member), false),
    withIds(organizationId, machineGroup, (id, group) => identity.groupMembers(id, group), []),
    organizationId,
    machineGroup,
  ]);
  known.organizationId = organization?.id;
  known.clientId = client?.id;
  known.userId = user;
  known.groups.clear();
  for (const [name, id] of groups) known.groups.set(name, id);
  return { organization, client, groups, isMember, isInMachineGroup: user !== undefined && members.includes(user) };
}

type Id = string | undefined;

async function withId<T>(id: Id | Promise<Id>, ask: (id: string) => Promise<T>, otherwise: T): Promise<T> {
  const known = await id;
  return known === undefined ? otherwise : ask(known);
}

async function withIds<T>(a: Id | Promise<Id>, b: Id | Promise<Id>, ask: (a: string, b: string) => Promise<T>, otherwise: T): Promise<T> {
  const [first, second] = await Promise.all([a, b]);
  return first === undefined || second === undefined ? otherwise : ask(first, second);
}

/** Changes that need nothing of each other, in the order of the stages. */
const STAGES: readonly (readonly IdentityChange['kind'][])[] = [
  ['create-organization', 'update-organization'],
  ['create-group', 'create-client', 'update-client'],
  ['add-member'],
  ['join-machine-group'],
];

async function applyInStages(pass: TenantPass, wanted: WantedIdentity, known: Known, changes: readonly IdentityChange[]): Promise<void> {
  for (const kinds of STAGES) {
    const stage = changes.filter(({ kind }) => kinds.includes(kind));
    const results = await Promise.allSettled(stage.map((change) => apply(pass, wanted, known, change)));
    // All are back before anything is thrown: no change is under way when the step has ended.
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
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
