import type { MemberRole, User } from '@tenantry/contracts';
import type { Answer } from '../../journal/idempotency-keys.ts';
import type { DirectoryMember, MailOutcome } from '../../keycloak/port.ts';

/** A member as stored. Removed ones are read only to finish their removal. */
export interface UserRow {
  readonly id: string;
  readonly subject: string | null;
  readonly email: string | null;
  readonly role: MemberRole;
  readonly invitedAt: Date | null;
  /** The key of its invitation, until the answer is stored. */
  readonly requestKey: string | null;
  readonly requestHash: string | null;
  readonly mail: MailOutcome | null;
  readonly deactivatedAt: Date | null;
  readonly removedAt: Date | null;
  readonly version: number;
  /** Up to which version the identity provider has heard. */
  readonly appliedVersion: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastSeenAt: Date | null;
}

/** The member as answers show them. */
export function userOf(row: UserRow, member: DirectoryMember | undefined): User {
  const { id, subject, email, role, invitedAt, mail, deactivatedAt, version, lastSeenAt } = row;
  return {
    id,
    subject,
    email: member?.email ?? email,
    // An address may belong to a person of another tenant: what they are called is theirs to bring.
    name: lastSeenAt === null ? null : (member?.name ?? null),
    role,
    status: deactivatedAt !== null ? 'deactivated' : invitedAt !== null && lastSeenAt === null ? 'invited' : 'active',
    invitation: invitedAt === null ? null : { sentAt: invitedAt.toISOString(), mail: mail ?? 'pending' },
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
    pending: row.appliedVersion < version,
    version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** A member nobody has written down yet, as if they had been. */
export function rowOfMember({ subject, email, role }: DirectoryMember, id: string, at: Date): UserRow {
  return {
    id,
    subject,
    email: email ?? null,
    role,
    invitedAt: null,
    requestKey: null,
    requestHash: null,
    mail: null,
    deactivatedAt: null,
    removedAt: null,
    version: 1,
    appliedVersion: 1,
    createdAt: at,
    updatedAt: at,
    lastSeenAt: null,
  };
}

type UserAnswer = Answer & { readonly body: string };

/** An answer that is one member. */
export function userAnswer(user: User): UserAnswer {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', etag: `"${user.version}"` };
  return { status: 200, headers, body: JSON.stringify(user) };
}

/** The answer to an invitation. */
export function invitationAnswer(user: User): UserAnswer {
  const { headers, body } = userAnswer(user);
  return { status: 201, headers: { ...headers, location: `/v1/users/${user.id}` }, body };
}
