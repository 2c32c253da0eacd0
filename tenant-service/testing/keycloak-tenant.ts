import { randomBytes } from 'node:crypto';
import { API_SECRET } from '@tenantry/contracts';
import { type RunningStack, runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import type { IdentityDirectory } from '../src/keycloak/port.ts';
import type { ServiceWorld, TestTenant } from './service-world.ts';

/** A tenant whose organization is in the stack's Keycloak, as the operator makes it, with the operator's own rights. */
export interface KeycloakTenant extends AsyncDisposable {
  readonly tenant: TestTenant;
  /** Also the organization's alias. */
  readonly slug: string;
  readonly organizationId: string;
  readonly keycloak: RunningStack['keycloak'];
  /** What an api of this world needs beside its defaults. */
  readonly config: { readonly issuer: string; readonly membersSecret: string };
  readonly person: (role: 'admin' | 'editor' | 'viewer') => Promise<TestPerson>;
  /** Groups of the organization an account is in. */
  readonly groupsOf: (subject: string) => Promise<string[]>;
  /** Ids of the tenant's machine clients in Keycloak. */
  readonly machineClients: () => Promise<string[]>;
  /** Accounts a test has made through the api go with it. */
  readonly alsoRemove: (path: string) => void;
}

/** @param wishes dedicated: with replicas and a login of its own. */
export async function keycloakTenant(world: ServiceWorld, wishes: { dedicated?: boolean } = {}): Promise<KeycloakTenant> {
  const stack = await runningStack('keycloak');
  const { keycloak } = stack;
  const slug = `svc-${randomBytes(4).toString('hex')}`;
  const organizationId = await keycloak.operator.post('/tenantry/organizations', { name: slug, alias: slug, enabled: true });
  const groups: Record<string, string> = {};
  for (const name of ['admin', 'editor', 'viewer', 'machine']) {
    groups[name] = await keycloak.operator.post(`/tenantry/organizations/${organizationId}/groups`, { name });
  }
  const tenant = await world.addTenant(slug, { organizationId, ...wishes });
  const machineClients = async (): Promise<string[]> => {
    const found = await keycloak.operator.get<{ id: string; attributes?: Record<string, string> }[]>(
      '/tenantry/clients?clientId=machine-&search=true&max=1000',
    );
    return (found ?? []).filter(({ attributes }) => attributes?.['tenantry.tenantId'] === tenant.tenantId).map(({ id }) => id);
  };
  const paths: string[] = [];
  const people: TestPerson[] = [];
  return {
    tenant,
    slug,
    organizationId,
    keycloak,
    config: { issuer: keycloak.tenants.url, membersSecret: await stack.secret(API_SECRET.keycloakSecret) },
    person: async (role) => {
      const made = await testPerson(slug, role);
      people.push(made);
      return made;
    },
    groupsOf: async (subject) => {
      const of = await Promise.all(
        Object.entries(groups).map(async ([name, id]) => {
          const path = `/tenantry/organizations/${organizationId}/groups/${id}/members`;
          const members = await keycloak.operator.get<{ id: string }[]>(path);
          return members?.some((member) => member.id === subject) ? [name] : [];
        }),
      );
      return of.flat();
    },
    machineClients,
    alsoRemove: (path) => void paths.push(path),
    [Symbol.asyncDispose]: async () => {
      for (const person of people) await person.remove().catch(() => {});
      for (const path of paths) await keycloak.operator.remove(path).catch(() => {});
      for (const id of await machineClients()) await keycloak.operator.remove(`/tenantry/clients/${id}`).catch(() => {});
      await keycloak.operator.remove(`/tenantry/organizations/${organizationId}`).catch(() => {});
    },
  };
}

/** The real directory but for these calls: where a test lets a process die. */
export function directoryBut(directory: IdentityDirectory, changes: Partial<IdentityDirectory>): IdentityDirectory {
  return new Proxy(directory, {
    get: (real, name: keyof IdentityDirectory) => changes[name] ?? (real[name] as (...args: never[]) => unknown).bind(real),
  });
}
