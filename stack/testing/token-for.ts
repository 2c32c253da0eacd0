import { randomBytes } from 'node:crypto';
import { tenantNames } from '@tenantry/contracts';
import { addPerson, type PersonSpec, removePerson } from '../src/keycloak/people.ts';
import { DESKTOP_CLIENT } from '../src/keycloak/realms.ts';
import { type GrantedTokens, machineToken, personToken } from '../src/keycloak/tokens.ts';
import { LOCAL_CELL } from '../src/local-cell.ts';
import { runningStack } from './running-stack.ts';

/** A machine's access token of a tenant, by client credentials with what the operator put into the tenant's Secret. */
export async function tokenForMachine(
  slug: string,
  clientSecret: string,
  id: string = tenantNames(slug, LOCAL_CELL.name).machineClientId,
): Promise<string> {
  const { keycloak } = await runningStack('keycloak');
  return (await machineToken(keycloak.tenants, { id, secret: clientSecret })).accessToken;
}

/** A person made for a test. */
export interface TestPerson extends AsyncDisposable {
  readonly username: string;
  /** For a form that is filled in in a browser. */
  readonly password: string;
  /** `sub` in their tokens. */
  readonly id: string;
  /** Signs in through the real form with PKCE. @param scope the api in this tenant, unless given. */
  readonly signIn: (scope?: string) => Promise<GrantedTokens>;
  /** How many sessions they have at the identity provider. */
  readonly sessions: () => Promise<number>;
  /** Ends all of them, as an administrator of the identity provider does. */
  readonly endSessions: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Makes a person of the tenant with a name nobody else has. The organization must exist: the operator makes it. */
export async function testPerson(slug: string, role: PersonSpec['role']): Promise<TestPerson> {
  const { keycloak } = await runningStack('keycloak');
  const username = `person-${randomBytes(5).toString('hex')}`;
  const password = randomBytes(12).toString('base64url');
  const id = await addPerson(keycloak.admin, { slug, username, password, role });
  const remove = async (): Promise<void> => await removePerson(keycloak.admin, username);
  return {
    username,
    password,
    id,
    sessions: async () => (await keycloak.admin.get<unknown[]>(`/tenantry/users/${id}/sessions`))?.length ?? 0,
    endSessions: async () => void (await keycloak.admin.post(`/tenantry/users/${id}/logout`, {})),
    signIn: async (scope = `openid tenantry-api organization:${slug}`) =>
      await personToken(keycloak.tenants, { clientId: DESKTOP_CLIENT, username, password, scope }),
    remove,
    [Symbol.asyncDispose]: remove,
  };
}
