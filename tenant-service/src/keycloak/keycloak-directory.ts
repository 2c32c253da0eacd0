import { randomUUID } from 'node:crypto';
import { MEMBER_ROLES, type MemberRole } from '@tenantry/contracts';
import { z } from 'zod';
import { AddressRefused, isKeycloakStatus } from './keycloak-errors.ts';
import type { KeycloakRest } from './keycloak-rest.ts';
import { machineClientSettings } from './machine-client-settings.ts';
import type { DirectoryMember, IdentityDirectory, MachineCredential, MailOutcome } from './port.ts';

const PAGE = 200;
/** How long the link in an invitation is good. */
const INVITATION_SECONDS = 3 * 24 * 3600;
/** What a person with a fresh account still has to do. */
const TO_COMPLETE = ['UPDATE_PASSWORD', 'UPDATE_PROFILE', 'VERIFY_EMAIL'];
const SERVICE_ACCOUNT = 'service-account-';

const Named = z.object({ id: z.string(), name: z.string() });
const Person = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string().optional(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  requiredActions: z.array(z.string()).default([]),
});
const Member = Person.extend({ membershipType: z.string().optional() });
const Identified = z.object({ id: z.string() });

/** Members and machine clients of organizations over Keycloak's admin REST. */
export class KeycloakDirectory implements IdentityDirectory {
  readonly #rest: KeycloakRest;

  constructor(rest: KeycloakRest) {
    this.#rest = rest;
  }

  async members(organizationId: string): Promise<readonly DirectoryMember[]> {
    const groups = await this.#groups(organizationId);
    const people = await Promise.all(
      MEMBER_ROLES.map(async (role) => {
        const group = groups.get(role);
        const path = `/organizations/${organizationId}/groups/${group}/members?briefRepresentation=false`;
        return group === undefined ? [] : z.array(Person).parse(await this.#all(path));
      }),
    );
    const found = new Map<string, DirectoryMember>();
    // From the highest role down: the first one counts.
    MEMBER_ROLES.forEach((role, at) => {
      for (const { id, username, email, firstName, lastName } of people[at] ?? []) {
        if (found.has(id) || username.startsWith(SERVICE_ACCOUNT)) continue;
        const name = [firstName, lastName].filter(Boolean).join(' ');
        found.set(id, { subject: id, email, name: name === '' ? undefined : name, role });
      }
    });
    return [...found.values()];
  }

  async account(email: string): Promise<string> {
    const known = await this.#personByEmail(email);
    if (known !== undefined) return known;
    const made = await this.#rest.send('POST', '/users', accountOf(email)).catch((error: unknown) => {
      if (isKeycloakStatus(error, 400)) throw new AddressRefused('Keycloak takes no account with this address', { cause: error });
      return unless(409)(error);
    });
    // 409: somebody else made it in this moment.
    return made?.created ?? (await this.#personByEmail(email)) ?? raise(new Error('Keycloak made an account and does not show it'));
  }

  async place(organizationId: string, subject: string, role: MemberRole): Promise<void> {
    const groups = await this.#groups(organizationId);
    const wanted = groups.get(role) ?? raise(new Error(`the organization has no group ${role}`));
    // The body is a bare JSON string, not an object.
    await this.#rest.send('POST', `/organizations/${organizationId}/members`, subject).catch(unless(409));
    await this.#rest.send('PUT', `/organizations/${organizationId}/groups/${wanted}/members/${subject}`).catch(unless(409));
    for (const other of MEMBER_ROLES) if (other !== role) await this.#leave(organizationId, groups.get(other), subject);
  }

  async displace(organizationId: string, subject: string): Promise<void> {
    const path = `/organizations/${organizationId}/members/${subject}`;
    // 400 is how Keycloak says that this account is no member.
    const answer = await this.#rest.send('GET', path).catch(unless(400, 404));
    if (answer === undefined) return;
    const groups = await this.#groups(organizationId);
    for (const role of MEMBER_ROLES) await this.#leave(organizationId, groups.get(role), subject);
    // Keycloak deletes the whole account of a managed member with the membership; without groups the person has no role here either way.
    if (Member.parse(answer.body).membershipType !== 'MANAGED') await this.#rest.send('DELETE', path).catch(unless(400, 404));
  }

  async invite(subject: string): Promise<MailOutcome> {
    const person = Person.parse((await this.#rest.send('GET', `/users/${subject}`)).body);
    if (person.requiredActions.length === 0) return 'not-needed';
    try {
      await this.#rest.send('PUT', `/users/${subject}/execute-actions-email?lifespan=${INVITATION_SECONDS}`, person.requiredActions);
      return 'sent';
    } catch (error) {
      // Keycloak answers 500 when it has no mail server and when the server refuses.
      if (isKeycloakStatus(error, 400, 500)) return 'not-sent';
      throw error;
    }
  }

  async reach(organizationId: string): Promise<void> {
    await this.#rest.send('GET', `/organizations/${organizationId}`);
  }

  async makeCredential(credential: MachineCredential): Promise<string> {
    const { organizationId, role } = credential;
    const settings = machineClientSettings(credential);
    const made = await this.#rest.send('POST', '/clients', settings).catch(unless(409));
    const id =
      made?.created ?? (await this.#clientId(credential.clientId)) ?? raise(new Error('Keycloak made a client and does not show it'));
    if (made === undefined) await this.#rest.send('PUT', `/clients/${id}`, settings);
    const { id: subject } = Identified.parse((await this.#rest.send('GET', `/clients/${id}/service-account-user`)).body);
    const group = (await this.#groups(organizationId)).get(role) ?? raise(new Error(`the organization has no group ${role}`));
    await this.#rest.send('POST', `/organizations/${organizationId}/members`, subject).catch(unless(409));
    await this.#rest.send('PUT', `/organizations/${organizationId}/groups/${group}/members/${subject}`).catch(unless(409));
    return subject;
  }

  async endCredential(clientId: string): Promise<void> {
    const id = await this.#clientId(clientId);
    if (id !== undefined) await this.#rest.send('DELETE', `/clients/${id}`).catch(unless(404));
  }

  async #personByEmail(email: string): Promise<string | undefined> {
    const { body } = await this.#rest.send('GET', `/users?email=${encodeURIComponent(email)}&exact=true&max=2`);
    return z.array(Identified).parse(body)[0]?.id;
  }

  async #clientId(clientId: string): Promise<string | undefined> {
    const { body } = await this.#rest.send('GET', `/clients?clientId=${encodeURIComponent(clientId)}`);
    return z.array(Identified).parse(body)[0]?.id;
  }

  async #groups(organizationId: string): Promise<ReadonlyMap<string, string>> {
    const { body } = await this.#rest.send('GET', `/organizations/${organizationId}/groups?max=${PAGE}`);
    return new Map(
      z
        .array(Named)
        .parse(body)
        .map(({ id, name }) => [name, id]),
    );
  }

  async #leave(organizationId: string, group: string | undefined, subject: string): Promise<void> {
    if (group === undefined) return;
    await this.#rest.send('DELETE', `/organizations/${organizationId}/groups/${group}/members/${subject}`).catch(unless(400, 404));
  }

  async #all(path: string): Promise<readonly unknown[]> {
    const found: unknown[] = [];
    for (let first = 0; ; first += PAGE) {
      const page = z.array(z.unknown()).parse((await this.#rest.send('GET', `${path}&first=${first}&max=${PAGE}`)).body);
      found.push(...page);
      if (page.length < PAGE) return found;
    }
  }
}

/**
 * People sign in with their address. It is the account's name as well, unless it has characters a name must not have: then the name is one that can
 * be nobody's address, or the account of one person could stand in the way of another.
 */
function accountOf(email: string): Record<string, unknown> {
  const name = email.toLowerCase();
  const username = /^[a-z0-9@._+-]+$/.test(name) ? name : `person-${randomUUID()}`;
  return { username, email, enabled: true, emailVerified: false, requiredActions: TO_COMPLETE };
}

/** Handler of a refusal that means "it is so already". */
function unless(...statuses: readonly number[]): (error: unknown) => undefined {
  return (error) => (isKeycloakStatus(error, ...statuses) ? undefined : raise(error));
}

function raise(error: unknown): never {
  throw error;
}
