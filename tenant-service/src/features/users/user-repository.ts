import type { Invitation, MemberRole } from '@tenantry/contracts';
import type { IdempotencyKey } from '../../journal/idempotency-keys.ts';
import type { MailOutcome } from '../../keycloak/port.ts';
import type { TenantTransaction } from '../../tenancy/doors.ts';
import { uuidv7 } from '../../uuid-v7.ts';
import type { MemberSync } from './member-sync.ts';
import type { UserRow } from './user-row.ts';
import * as statements from './user-statements.ts';

/** Who changes something, and under which trace. */
export interface Author {
  readonly actor: string;
  readonly traceId: string;
}

/** What a member is to be. */
export interface WantedUser {
  readonly role: MemberRole;
  readonly deactivated: boolean;
  readonly removed: boolean;
}

export async function allUsers(tx: TenantTransaction): Promise<UserRow[]> {
  return (await tx.run(statements.allUsers, [])) as unknown as UserRow[];
}

/** Also one who is removed. */
export async function oneUser(tx: TenantTransaction, id: string): Promise<UserRow | undefined> {
  return first(tx.run(statements.oneUser, [id]));
}

export async function userByEmail(tx: TenantTransaction, email: string): Promise<UserRow | undefined> {
  return first(tx.run(statements.userByEmail, [email]));
}

/** Undefined when the tenant has as many members as it may have. @throws the database's error, 23505 when the address is a member's. */
export async function inviteUser(
  tx: TenantTransaction,
  { email, role }: Invitation,
  author: Author,
  key: IdempotencyKey | undefined,
): Promise<UserRow | undefined> {
  const at = new Date().toISOString();
  const { actor, traceId } = author;
  return first(tx.run(statements.inviteUser, [uuidv7(), email, role, at, actor, traceId, key?.key ?? null, key?.requestHash ?? null]));
}

/** Undefined when there is nothing left to carry out, or another process is at it. */
export async function claimUser(tx: TenantTransaction, id: string): Promise<UserRow | undefined> {
  return first(tx.run(statements.claimUser, [id]));
}

/** Undefined when the row is not there in that version, has a change on its way, or is the last active admin and would be no more. */
export async function changeUser(tx: TenantTransaction, before: UserRow, wanted: WantedUser, author: Author): Promise<UserRow | undefined> {
  const { role, deactivated, removed } = wanted;
  const values = [before.id, before.version, role, deactivated, removed, new Date().toISOString(), author.actor, author.traceId];
  const [, rows] = await Promise.all([tx.run(statements.lockAdmins, []), tx.run(statements.changeUser, values)]);
  return rows[0] as unknown as UserRow | undefined;
}

/** Undefined when the row has moved on. @throws the database's error, 23505 when the subject is another member's, or the key was used. */
export async function settleUser(
  tx: TenantTransaction,
  row: UserRow,
  heard: { readonly subject: string | null; readonly mail: MailOutcome | null },
  answer: string | null,
): Promise<UserRow | undefined> {
  return first(tx.run(statements.settleUser, [row.id, row.version, heard.subject, heard.mail, answer]));
}

export async function releaseUser(tx: TenantTransaction, id: string): Promise<void> {
  await tx.run(statements.releaseUser, [id]);
}

/** Undefined when it is too early to send another mail, or a change is on its way. */
export async function claimReminder(tx: TenantTransaction, id: string): Promise<UserRow | undefined> {
  return first(tx.run(statements.claimReminder, [id]));
}

/** @throws the database's error, 23505 when the key was used. */
export async function noteReminder(tx: TenantTransaction, id: string, mail: MailOutcome, answer: string | null): Promise<void> {
  await tx.run(statements.noteReminder, [id, mail, answer]);
}

export async function withdrawUser(tx: TenantTransaction, id: string): Promise<void> {
  await tx.run(statements.withdrawUser, [id]);
}

/** Takes over what the identity provider has. */
export async function followMembers(tx: TenantTransaction, { found, changed }: MemberSync): Promise<void> {
  const at = new Date().toISOString();
  const adopted = found.map(({ subject, email, role }) => ({ id: uuidv7(), subject, email, role }));
  await Promise.all([
    tx.run(statements.followUsers, [JSON.stringify(changed), at]),
    tx.run(statements.adoptUsers, [JSON.stringify(adopted), at]),
  ]);
}

async function first(rows: Promise<Record<string, unknown>[]>): Promise<UserRow | undefined> {
  return (await rows)[0] as unknown as UserRow | undefined;
}
