import { z } from 'zod';
import type { Effects } from '../effects.ts';
import { IdentityConflict, isKeycloakStatus } from './keycloak-errors.ts';
import type { KeycloakRest } from './keycloak-rest.ts';
import { clientSettings, DEFAULT_SCOPES, deviationsOf, MachineClientAnswer, machineClientOf } from './machine-client.ts';
import type { Account, IdentityAdministration, MachineClient, MachineClientSpec, Organization } from './port.ts';

/** Pages of the admin API; more than one page only in bulk looks. A page has to come within the time-out also when the server is busy. */
const PAGE = 100;

const OrganizationAnswer = z.looseObject({
  id: z.string(),
  alias: z.string(),
  description: z.string().default(''),
  enabled: z.boolean(),
  attributes: z.record(z.string(), z.array(z.string())).default({}),
});
const Named = z.object({ id: z.string(), name: z.string() });
const Identified = z.object({ id: z.string() });
const Member = z.object({ membershipType: z.string().optional() });
const AccountAnswer = z.object({ id: z.string(), enabled: z.boolean().default(false), emailVerified: z.boolean().default(false) });

/** Organizations, their groups and machine clients over the admin REST. */
export class KeycloakIdentity implements IdentityAdministration {
  readonly #rest: KeycloakRest;
  readonly #effects: Effects;

  constructor(rest: KeycloakRest, effects: Effects) {
    this.#rest = rest;
    this.#effects = effects;
  }

  async organization(find: { readonly tenantId: string; readonly id: string | undefined }): Promise<Organization | undefined> {
    if (find.id !== undefined) {
      const byId = await this.#find(`/organizations/${find.id}`);
      if (byId !== undefined) return organizationOf(byId);
    }
    const { body } = await this.#rest.send('GET', `/organizations?q=tenantId:${find.tenantId}&briefRepresentation=false&max=2`);
    return z
      .array(OrganizationAnswer)
      .parse(body)
      .map(organizationOf)
      .find(({ tenantId }) => tenantId === find.tenantId);
  }

  async organizations(): Promise<readonly Organization[]> {
    return (await this.#all('/organizations?briefRepresentation=false')).map(organizationOf);
  }

  async createOrganization({ alias, description, enabled, tenantId }: Omit<Organization, 'id'>): Promise<string> {
    // `name` is unique in the realm, so it is the alias; what people call the tenant goes into the description.
    const wanted = { name: alias, alias, description, enabled, attributes: { tenantId: [tenantId] } };
    return this.#effects.perform(`keycloak: create organization ${alias}`, async () => {
      const { created } = await this.#rest.send('POST', '/organizations', wanted).catch((error: unknown) => {
        if (isKeycloakStatus(error, 409))
          throw new IdentityConflict(`an organization named ${alias} exists in Keycloak and does not carry this tenant’s tenantId`, {
            cause: error,
          });
        throw error;
      });
      if (created === undefined) throw new Error('Keycloak gave no Location for the organization it made');
      return created;
    });
  }

  async updateOrganization({ id, alias, description, enabled, tenantId }: Organization): Promise<void> {
    await this.#effects.perform(`keycloak: update organization ${alias}`, () =>
      this.#rest.send('PUT', `/organizations/${id}`, {
        id,
        name: alias,
        alias,
        description,
        enabled,
        attributes: { tenantId: [tenantId] },
      }),
    );
  }

  async deleteOrganization(id: string): Promise<void> {
    await this.#effects.perform('keycloak: delete organization', () => this.#gone('DELETE', `/organizations/${id}`));
  }

  async groups(organizationId: string): Promise<ReadonlyMap<string, string>> {
    const body = await this.#find(`/organizations/${organizationId}/groups?max=${PAGE}`);
    return new Map((body === undefined ? [] : z.array(Named).parse(body)).map(({ id, name }) => [name, id]));
  }

  async createGroup(organizationId: string, name: string): Promise<string> {
    return this.#effects.perform(`keycloak: create group ${name}`, async () => {
      const answer = await this.#rest.send('POST', `/organizations/${organizationId}/groups`, { name }).catch(exists);
      const id = answer?.created ?? (await this.groups(organizationId)).get(name);
      return id ?? raise(new Error(`Keycloak made the group ${name} and does not show it`));
    });
  }

  async machineClient(clientId: string): Promise<MachineClient | undefined> {
    const { body } = await this.#rest.send('GET', `/clients?clientId=${encodeURIComponent(clientId)}`);
    const [client] = z.array(MachineClientAnswer).parse(body);
    return client === undefined ? undefined : machineClientOf(client);
  }

  async machineClients(prefix = 'tenant-'): Promise<readonly MachineClient[]> {
    // Keycloak finds the words anywhere in an id.
    return (await this.#clients(prefix)).filter(({ clientId }) => clientId.startsWith(prefix));
  }

  async clientsMadeFor(tenantId: string): Promise<readonly MachineClient[]> {
    // Keycloak does not search clients by attribute unless it is started so.
    return (await this.#clients('machine-')).filter((client) => client.tenantId === tenantId);
  }

  async #clients(part: string): Promise<readonly MachineClient[]> {
    const found: MachineClient[] = [];
    for (let first = 0; ; first += PAGE) {
      const { body } = await this.#rest.send('GET', `/clients?clientId=${part}&search=true&first=${first}&max=${PAGE}`);
      const page = z.array(MachineClientAnswer).parse(body);
      found.push(...page.map(machineClientOf));
      if (page.length < PAGE) return found;
    }
  }

  async createMachineClient(client: MachineClientSpec): Promise<string> {
    return this.#effects.perform(`keycloak: create client ${client.clientId}`, async () => {
      const wanted = { ...clientSettings(client), defaultClientScopes: DEFAULT_SCOPES, optionalClientScopes: [] };
      const { created } = await this.#rest.send('POST', '/clients', wanted);
      return created ?? raise(new Error('Keycloak gave no Location for the client it made'));
    });
  }

  async updateMachineClient(id: string, client: MachineClientSpec): Promise<void> {
    await this.#effects.perform(`keycloak: update client ${client.clientId}`, async () => {
      await this.#rest.send('PUT', `/clients/${id}`, clientSettings(client));
      // PUT leaves scopes as they are, so those that differ are moved one by one.
      const { body } = await this.#rest.send('GET', `/clients/${id}`);
      const current = MachineClientAnswer.parse(body);
      if (deviationsOf(current).some((deviation) => deviation.includes('Scopes'))) await this.#putScopesBack(id, current);
    });
  }

  async deleteMachineClient(id: string): Promise<void> {
    await this.#effects.perform('keycloak: delete client', () => this.#gone('DELETE', `/clients/${id}`));
  }

  async serviceAccountOf(clientUuid: string): Promise<string> {
    return Identified.parse((await this.#rest.send('GET', `/clients/${clientUuid}/service-account-user`)).body).id;
  }

  async isMember(organizationId: string, userId: string): Promise<boolean> {
    return (await this.#find(`/organizations/${organizationId}/members/${userId}`)) !== undefined;
  }

  async addMember(organizationId: string, userId: string): Promise<void> {
    // The body is a bare JSON string, not an object.
    await this.#effects.perform('keycloak: add member', () =>
      this.#rest.send('POST', `/organizations/${organizationId}/members`, userId).catch(exists),
    );
  }

  async groupMembers(organizationId: string, groupId: string): Promise<readonly string[]> {
    const body = await this.#find(`/organizations/${organizationId}/groups/${groupId}/members?max=${PAGE}`);
    return body === undefined
      ? []
      : z
          .array(Identified)
          .parse(body)
          .map(({ id }) => id);
  }

  async joinGroup(organizationId: string, groupId: string, userId: string): Promise<void> {
    await this.#effects.perform('keycloak: join group', () =>
      this.#rest.send('PUT', `/organizations/${organizationId}/groups/${groupId}/members/${userId}`).catch(exists),
    );
  }

  async removeMember(organizationId: string, userId: string): Promise<void> {
    const path = `/organizations/${organizationId}/members/${userId}`;
    const found = await this.#find(path);
    if (found === undefined) return;
    // One effect of several calls: as long as the last is not made, the next try makes all of them again.
    await this.#effects.perform('keycloak: remove member', async () => {
      for (const group of (await this.groups(organizationId)).values())
        await this.#gone('DELETE', `/organizations/${organizationId}/groups/${group}/members/${userId}`);
      if (Member.parse(found).membershipType !== 'MANAGED') await this.#gone('DELETE', path);
    });
  }

  async account(email: string): Promise<Account | undefined> {
    const { body } = await this.#rest.send('GET', `/users?email=${encodeURIComponent(email)}&exact=true&max=2`);
    return z.array(AccountAnswer).parse(body)[0];
  }

  async #find(path: string): Promise<unknown> {
    return this.#rest.send('GET', path).then(
      ({ body }) => body,
      // 400 is how Keycloak says "no member with this id" for a user that was never in the organization.
      (error: unknown) => (isKeycloakStatus(error, 404, 400) ? undefined : raise(error)),
    );
  }

  async #all(path: string): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    for (let first = 0; ; first += PAGE) {
      const page = z.array(z.unknown()).parse((await this.#rest.send('GET', `${path}&first=${first}&max=${PAGE}`)).body);
      found.push(...page);
      if (page.length < PAGE) return found;
    }
  }

  async #gone(method: string, path: string): Promise<void> {
    // 400 is how Keycloak says "no member" of a user that is none.
    await this.#rest.send(method, path).catch((error: unknown) => (isKeycloakStatus(error, 404, 400) ? undefined : raise(error)));
  }

  async #putScopesBack(id: string, current: MachineClientAnswer): Promise<void> {
    const scopes = z.array(Named).parse((await this.#rest.send('GET', '/client-scopes')).body);
    const idOf = (name: string): string =>
      scopes.find((scope) => scope.name === name)?.id ?? raise(new Error(`the realm has no client scope ${name}`));
    for (const name of current.optionalClientScopes) await this.#gone('DELETE', `/clients/${id}/optional-client-scopes/${idOf(name)}`);
    for (const name of current.defaultClientScopes)
      if (!DEFAULT_SCOPES.includes(name)) await this.#gone('DELETE', `/clients/${id}/default-client-scopes/${idOf(name)}`);
    for (const name of DEFAULT_SCOPES)
      if (!current.defaultClientScopes.includes(name)) await this.#rest.send('PUT', `/clients/${id}/default-client-scopes/${idOf(name)}`);
  }
}

function organizationOf(answer: unknown): Organization {
  const { id, alias, description, enabled, attributes } = OrganizationAnswer.parse(answer);
  return { id, alias, description, enabled, tenantId: attributes.tenantId?.[0] };
}

function exists(error: unknown): undefined {
  return isKeycloakStatus(error, 409) ? undefined : raise(error);
}

function raise(error: unknown): never {
  throw error;
}
