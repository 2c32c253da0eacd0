import { IdentityConflict } from '../../keycloak/keycloak-errors.ts';
import type { MachineClient, MachineClientSpec } from '../../keycloak/port.ts';
import { converge } from '../converge.ts';
import { laterMachineClients } from '../found-machine-clients.ts';
import { identityDifferences } from '../plans/identity-differences.ts';
import {
  describeIdentityChange,
  type FoundClient,
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
  readonly groups: Map<string, string>;
  /** By client id. */
  readonly clients: Map<string, string>;
  /** Service accounts, by client id. */
  readonly users: Map<string, string>;
  /** None of a later generation than the first is wanted, and none was there at the first look or can be, as the tenant is new: none can have come since. */
  hasNoLater: boolean;
}

/**
 * The organization with its groups, and a machine client for each credential generation that works, whose service account is a member in
 * `/machine`. A client each: Keycloak keeps one secret a client (its own secret rotation is a preview).
 */
export const identityStep: Step = {
  name: 'identity',
  condition: 'IdentityReady',
  run: async (pass) => {
    const wanted = wantedIdentity(pass);
    let found: FoundIdentity | undefined;
    const known: Known = {
      organizationId: pass.registration.organizationId,
      groups: new Map(),
      clients: new Map(),
      users: new Map(),
      hasNoLater: pass.isNew && pass.credentials.generations.every((generation) => generation === 1),
    };
    try {
      return await converge(pass, {
        look: async () => {
          found = await look(pass, known);
          if (known.organizationId !== undefined) pass.seen.organizationId = known.organizationId;
          return identityPlan(wanted, found);
        },
        apply: (changes) => applyInStages(pass, wanted, known, changes),
        describe: describeIdentityChange,
        differences: (change) => identityDifferences(change, wanted, found),
        done: () =>
          `Organization ${pass.names.organizationAlias} and machine client ${wanted.clients.map(({ clientId }) => clientId).join(' and ')} are as wanted.`,
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
    clients: credentials.generations.map((generation) => {
      const secret = credentials.for('client', generation).password;
      return { clientId: names.machineClientOf(generation), tenantId, secret, enabled };
    }),
  };
}

/** Asks everything at once as far as ids are known: a pass over a tenant at rest, and the look after making it, cost one round trip. */
async function look({ ports: { identity }, names, tenantId, credentials }: TenantPass, known: Known): Promise<FoundIdentity> {
  const organizationAnswer = identity.organization({ tenantId, id: known.organizationId });
  const organizationId = known.organizationId ?? organizationAnswer.then((found) => found?.id);
  const groupsAnswer = withId(organizationId, (id) => identity.groups(id), new Map<string, string>());
  const machineGroup = known.groups.get(MACHINE_GROUP) ?? groupsAnswer.then((found) => found.get(MACHINE_GROUP));
  const placeOf = async (clientId: string, answer: MachineClient | Promise<MachineClient | undefined>) => {
    const account = known.users.get(clientId) ?? Promise.resolve(answer).then((found) => found && identity.serviceAccountOf(found.id));
    const membership = withIds(organizationId, account, (id, user) => identity.isMember(id, user), false);
    const [client, user, isMember] = await Promise.all([answer, account, membership]);
    return { clientId, client, user, isMember };
  };
  const clientAnswers = [
    placeOf(names.machineClientId, identity.machineClient(names.machineClientId)).then((place) => [place]),
    (known.hasNoLater ? Promise.resolve([]) : laterMachineClients(identity, names)).then((later) =>
      Promise.all(later.map((client) => placeOf(client.clientId, client))),
    ),
  ];
  // All in one wait: each answer may fail, and none may fail unheard.
  const [organization, groups, members, clients] = await Promise.all([
    organizationAnswer,
    groupsAnswer,
    withIds(organizationId, machineGroup, (id, group) => identity.groupMembers(id, group), []),
    Promise.all(clientAnswers).then((places) => places.flat()),
    organizationId,
    machineGroup,
  ]);
  known.organizationId = organization?.id;
  known.hasNoLater =
    credentials.generations.every((generation) => generation === 1) && clients.every(({ clientId }) => clientId === names.machineClientId);
  for (const map of [known.groups, known.clients, known.users]) map.clear();
  for (const [name, id] of groups) known.groups.set(name, id);
  const found = new Map<string, FoundClient>();
  for (const { clientId, client, user, isMember } of clients) {
    if (client === undefined) continue;
    known.clients.set(clientId, client.id);
    if (user !== undefined) known.users.set(clientId, user);
    found.set(clientId, { client, isMember, isInMachineGroup: user !== undefined && members.includes(user) });
  }
  return { organization, groups, clients: found };
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
  ['delete-client'],
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
  const serviceAccount = async (): Promise<string> => {
    const clientId = 'clientId' in change ? change.clientId : '';
    const user = known.users.get(clientId) ?? (await identity.serviceAccountOf(must(known.clients.get(clientId))));
    known.users.set(clientId, user);
    return user;
  };
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
      known.clients.set(change.clientId, await identity.createMachineClient(specOf(wanted, change.clientId)));
      return;
    case 'update-client':
      return identity.updateMachineClient(must(known.clients.get(change.clientId)), specOf(wanted, change.clientId));
    case 'add-member':
      return identity.addMember(must(known.organizationId), await serviceAccount());
    case 'join-machine-group':
      return identity.joinGroup(must(known.organizationId), must(known.groups.get(MACHINE_GROUP)), await serviceAccount());
    case 'delete-client':
      return identity.deleteMachineClient(must(known.clients.get(change.clientId)));
  }
}

function specOf({ clients }: WantedIdentity, clientId: string): MachineClientSpec {
  const spec = clients.find((client) => client.clientId === clientId);
  if (spec === undefined) throw new Error(`the identity plan wanted to make ${clientId}, which nobody wants`);
  return spec;
}

/** The plan's order guarantees the id; without it the order is broken. */
function must(id: string | undefined): string {
  if (id === undefined) throw new Error('the identity plan wanted to use something before making it');
  return id;
}
