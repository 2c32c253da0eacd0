import type { MachineRole, MemberRole } from '@tenantry/contracts';

/** A person of an organization with a role in it, as the identity provider has them. */
export interface DirectoryMember {
  /** `sub` of their tokens. */
  readonly subject: string;
  readonly email: string | undefined;
  readonly name: string | undefined;
  /** The highest of the role groups they are in. */
  readonly role: MemberRole;
}

/** What became of the mail that asks a person to complete their account. */
export type MailOutcome = 'sent' | 'not-sent' | 'not-needed';

/** A machine client's credential as the identity provider should have it. */
export interface MachineCredential {
  readonly clientId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly role: MachineRole;
  readonly secret: string;
}

/**
 * What the members of tenants need of the identity provider. Every write may be repeated and has then the same effect once.
 * Every call @throws IdentityProviderAway when it cannot be reached or does not answer in time.
 */
export interface IdentityDirectory {
  /** People in a role group of the organization; its programs are not among them. */
  readonly members: (organizationId: string) => Promise<readonly DirectoryMember[]>;
  /** Subject of the account with this address; made, without a password, when there is none. @throws AddressRefused. */
  readonly account: (email: string) => Promise<string>;
  /** Makes the account a member in exactly this role group. */
  readonly place: (organizationId: string, subject: string, role: MemberRole) => Promise<void>;
  /** Takes the account out of the role groups and, when its membership is not an identity provider's, out of the organization. */
  readonly displace: (organizationId: string, subject: string) => Promise<void>;
  /** Asks the person by mail to complete the account, when something is left to complete. */
  readonly invite: (subject: string) => Promise<MailOutcome>;
  /** Resolves when the identity provider answers and knows the organization: asked before something is begun that could not be ended. */
  readonly reach: (organizationId: string) => Promise<void>;
  /** Makes the client, or sets its secret when it exists. Its subject. */
  readonly makeCredential: (credential: MachineCredential) => Promise<string>;
  /** Gone already counts as done. */
  readonly endCredential: (clientId: string) => Promise<void>;
}
