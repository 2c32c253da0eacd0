import { type KeycloakAdmin, KeycloakError } from './keycloak-admin.ts';

/** A person of a tenant, for the sample stage and tests. In production people come by invitation or their own identity provider. */
export interface PersonSpec {
  readonly slug: string;
  readonly username: string;
  readonly password: string;
  readonly role: 'admin' | 'editor' | 'viewer';
}

interface Organization {
  readonly id: string;
  readonly alias: string;
}

const REALM = 'tenantry';

/**
 * Makes a person, or sets the password of a known one, and makes them a member of the tenant's organization in one group of it.
 * @returns the user's id, which is `sub` in tokens. @throws when the operator has not made the organization yet.
 */
export async function addPerson(admin: KeycloakAdmin, person: PersonSpec): Promise<string> {
  const organization = await findOrganization(admin, person.slug);
  if (!organization) throw new Error(`realm ${REALM} has no organization "${person.slug}": is the Tenant Ready?`);
  const id = await ensureUser(admin, REALM, person.username, person.password);
  await admin.post(`/${REALM}/organizations/${organization.id}/members`, id).catch(ignoreConflict);
  const groups = await admin.get<{ id: string; name: string }[]>(`/${REALM}/organizations/${organization.id}/groups`);
  for (const group of groups ?? []) {
    const path = `/${REALM}/organizations/${organization.id}/groups/${group.id}/members/${id}`;
    if (group.name === person.role)
      await admin.put(path).catch(ignoreConflict); // Is in it already.
    else
      await admin.remove(path).catch((error: unknown) => {
        if (!(error instanceof KeycloakError && [400, 404].includes(error.status))) throw error; // Was in no other group.
      });
  }
  if (!groups?.some((group) => group.name === person.role)) throw new Error(`organization ${person.slug} has no group ${person.role}`);
  return id;
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof KeycloakError && error.status === 409)) throw error;
}

/** Removes a person from the realm; one who is not there counts as removed. */
export async function removePerson(admin: KeycloakAdmin, username: string): Promise<void> {
  const id = await findUser(admin, REALM, username);
  if (id) await admin.remove(`/${REALM}/users/${id}`);
}

/** The organization whose alias is the slug. Paged through: the API searches names only, and a name is free text. */
export async function findOrganization(admin: KeycloakAdmin, slug: string): Promise<Organization | undefined> {
  const pageSize = 200;
  for (let first = 0; ; first += pageSize) {
    const page = (await admin.get<Organization[]>(`/${REALM}/organizations?first=${first}&max=${pageSize}`)) ?? [];
    const found = page.find((organization) => organization.alias === slug);
    if (found || page.length < pageSize) return found;
  }
}

/** A member of staff in one group of the platform's realm. */
export async function ensureStaff(
  admin: KeycloakAdmin,
  realm: string,
  person: { readonly username: string; readonly password: string; readonly groupId: string },
): Promise<void> {
  const id = await ensureAccount(admin, realm, person);
  const groups = await admin.get<{ id: string }[]>(`/${realm}/users/${id}/groups`);
  if (!groups?.some((group) => group.id === person.groupId)) await admin.put(`/${realm}/users/${id}/groups/${person.groupId}`);
}

/** An account with nothing else. A known one's password is left alone: it may have been changed by its owner. */
export async function ensureAccount(
  admin: KeycloakAdmin,
  realm: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<string> {
  return (await findUser(admin, realm, username)) ?? (await ensureUser(admin, realm, username, password));
}

async function ensureUser(admin: KeycloakAdmin, realm: string, username: string, password: string): Promise<string> {
  const credential = { type: 'password', value: password, temporary: false };
  const known = await findUser(admin, realm, username);
  if (known) {
    await admin.put(`/${realm}/users/${known}/reset-password`, credential);
    return known;
  }
  return await admin.post(`/${realm}/users`, {
    username,
    enabled: true,
    // A profile that lacks one of these stops the first login at a form.
    email: `${username}@example.test`,
    emailVerified: true,
    firstName: username,
    lastName: 'Sample',
    credentials: [credential],
  });
}

async function findUser(admin: KeycloakAdmin, realm: string, username: string): Promise<string | undefined> {
  const users = await admin.get<{ id: string }[]>(`/${realm}/users?username=${encodeURIComponent(username)}&exact=true`);
  return users?.[0]?.id;
}
