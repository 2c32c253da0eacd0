import type { Invitation, User, UserPatch } from '@tenantry/contracts';
import { type Answer, answerParameter, type IdempotencyKey } from '../../journal/idempotency-keys.ts';
import { AddressRefused } from '../../keycloak/keycloak-errors.ts';
import type { DirectoryMember, IdentityDirectory } from '../../keycloak/port.ts';
import { brokenUnique } from '../../postgres/sql-errors.ts';
import { Problem } from '../../problem.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Door } from '../../tenancy/doors.ts';
import type { Tenant } from '../../tenancy/tenant.ts';
import { memberSync } from './member-sync.ts';
import * as users from './user-repository.ts';
import { invitationAnswer, rowOfMember, type UserRow, userAnswer, userOf } from './user-row.ts';
import { USERS_MAX } from './user-statements.ts';

interface UserServiceParts {
  readonly door: Door;
  readonly directory: IdentityDirectory;
  readonly log: Log;
}

/**
 * Members of a tenant. A change is a row first (which decides races), then carried out in the identity provider, then marked as done; what is
 * left undone by a process that dies, or by an identity provider that is away, is done later from the row.
 */
export class UserService {
  readonly #parts: UserServiceParts;

  constructor(parts: UserServiceParts) {
    this.#parts = parts;
  }

  /** All of them, by address. @throws IdentityProviderAway. */
  async list(tenant: Tenant): Promise<User[]> {
    const { rows, members } = await this.#current(tenant);
    const seen = rows.map((row) => userOf(row, row.subject === null ? undefined : members.get(row.subject)));
    return seen.sort((one, other) => compare(orderOf(one), orderOf(other)));
  }

  /** @param id of the row, or the person's subject. @throws Problem not-found; IdentityProviderAway. */
  async get(tenant: Tenant, id: string): Promise<User> {
    const { row, member } = await this.#find(tenant, id);
    return userOf(row, member);
  }

  /**
   * The answer is stored under the key by whoever carries the invitation out, this process or, should it die, another.
   * @throws Problem user-exists, limit-reached, change-under-way; IdentityProviderAway when not even the look at the members was possible.
   */
  async invite(tenant: Tenant, invitation: Invitation, author: users.Author, key: IdempotencyKey | undefined): Promise<Answer> {
    await this.#current(tenant);
    const row = await this.#intent(tenant, invitation, author, key);
    return invitationAnswer(userOf(await this.#settle(tenant, row), undefined));
  }

  /** Asks the person once more to complete the account. @throws Problem not-found, change-under-way; IdentityProviderAway. */
  async remind(tenant: Tenant, id: string, key: IdempotencyKey | undefined): Promise<Answer> {
    const { door, directory } = this.#parts;
    const { row, member } = await this.#find(tenant, id);
    const claimed = await door.write(tenant, (tx) => users.claimReminder(tx, row.id));
    if (claimed === undefined || claimed.subject === null) {
      throw new Problem('change-under-way', 'A mail was sent within the last minute, or the member is not active.', {
        headers: { 'retry-after': '60' },
      });
    }
    const mail = await directory.invite(claimed.subject);
    const answer = userAnswer(userOf({ ...claimed, mail }, member));
    await door.write(tenant, (tx) => users.noteReminder(tx, row.id, mail, answerParameter(key, answer)));
    return answer;
  }

  /** @throws Problem not-found, version-stale, last-admin, change-under-way; IdentityProviderAway. */
  async change(tenant: Tenant, id: string, ifMatch: number, patch: UserPatch, author: users.Author): Promise<User> {
    const { row, member } = await this.#find(tenant, id, ifMatch);
    const deactivated = patch.status === undefined ? row.deactivatedAt !== null : patch.status === 'deactivated';
    const role = patch.role ?? row.role;
    if (role === row.role && deactivated === (row.deactivatedAt !== null)) return userOf(row, member);
    const changed = await this.#write(tenant, row, { role, deactivated, removed: false }, author);
    return userOf(await this.#settle(tenant, changed), member);
  }

  /** @throws as {@link change}. */
  async remove(tenant: Tenant, id: string, ifMatch: number, author: users.Author): Promise<void> {
    const { row } = await this.#find(tenant, id, ifMatch);
    const wanted = { role: row.role, deactivated: row.deactivatedAt !== null, removed: true };
    await this.#settle(tenant, await this.#write(tenant, row, wanted, author));
  }

  /** Carries out what a row still wants, unless somebody else is at it. @throws what went wrong, when it is to be tried again. */
  async finish(tenant: Tenant, id: string): Promise<void> {
    const row = await this.#parts.door.write(tenant, (tx) => users.claimUser(tx, id));
    if (row === undefined) return;
    try {
      await this.#carryOut(tenant, row);
    } catch (error) {
      // An invitation that cannot be: it is withdrawn, and nobody waits for the answer.
      if (error instanceof Problem) return;
      await this.#release(tenant, row);
      throw error;
    }
  }

  /** Rows and members, after the rows have taken over what the identity provider has. */
  async #current(tenant: Tenant): Promise<{ rows: readonly UserRow[]; members: ReadonlyMap<string, DirectoryMember> }> {
    const { door, directory, log } = this.#parts;
    // Rows first: see memberSync.
    const rows = await door.read(tenant, users.allUsers);
    const list = await directory.members(organizationOf(tenant));
    const members = new Map(list.map((member) => [member.subject, member]));
    const sync = memberSync(rows, list);
    if (sync.found.length + sync.changed.length === 0) return { rows, members };
    if (tenant.state === 'Active') {
      try {
        await door.write(tenant, (tx) => users.followMembers(tx, sync));
        return { rows: await door.read(tenant, users.allUsers), members };
      } catch (error) {
        // Two addresses that were exchanged: shown as they are, and taken over once there is room.
        if (brokenUnique(error) === undefined) throw error;
        log.warn({ err: error, tenantId: tenant.tenantId }, 'members could not be taken over from the identity provider');
      }
    }
    const at = new Date();
    return { rows: [...rows, ...sync.found.map((member) => rowOfMember(member, member.subject, at))], members };
  }

  async #find(tenant: Tenant, id: string, ifMatch?: number): Promise<{ row: UserRow; member: DirectoryMember | undefined }> {
    const { rows, members } = await this.#current(tenant);
    const wanted = id.toLowerCase();
    const row = rows.find((each) => each.id === wanted) ?? rows.find((each) => each.subject === wanted);
    if (row === undefined) throw new Problem('not-found', 'There is no such member.');
    if (ifMatch !== undefined && row.version !== ifMatch) throw stale(row);
    return { row, member: row.subject === null ? undefined : members.get(row.subject) };
  }

  /** The row of an invitation: a new one, or one that was begun and not ended. */
  async #intent(tenant: Tenant, invitation: Invitation, author: users.Author, key: IdempotencyKey | undefined): Promise<UserRow> {
    const { door } = this.#parts;
    try {
      const row = await door.write(tenant, (tx) => users.inviteUser(tx, invitation, author, key));
      if (row === undefined) throw new Problem('limit-reached', `A tenant has at most ${USERS_MAX} members.`);
      return row;
    } catch (error) {
      if (brokenUnique(error) !== 'users_email_unique') throw error;
      const known = await door.read(tenant, (tx) => users.userByEmail(tx, invitation.email));
      if (known === undefined) throw underWay();
      const isItsRepeat = known.appliedVersion === 0 && known.role === invitation.role && known.requestKey === (key?.key ?? null);
      if (!isItsRepeat) throw userExists(`The address belongs to the member ${known.id}. Change that member instead.`);
      const claimed = await door.write(tenant, (tx) => users.claimUser(tx, known.id));
      if (claimed === undefined) throw underWay();
      return claimed;
    }
  }

  async #write(tenant: Tenant, row: UserRow, wanted: users.WantedUser, author: users.Author): Promise<UserRow> {
    const { door } = this.#parts;
    if (row.appliedVersion < row.version) throw underWay();
    const changed = await door.write(tenant, (tx) => users.changeUser(tx, row, wanted, author));
    if (changed !== undefined) return changed;
    const now = await door.read(tenant, (tx) => users.oneUser(tx, row.id));
    if (now === undefined || now.removedAt !== null) throw new Problem('not-found', 'There is no such member.');
    if (now.version !== row.version) throw stale(now);
    throw new Problem('last-admin', 'This is the last active admin. Make another member an admin first.');
  }

  /** A change whose effect fails is not lost: the row says what is left to do, and the caller is told that it is on its way. */
  async #settle(tenant: Tenant, row: UserRow): Promise<UserRow> {
    try {
      return await this.#carryOut(tenant, row);
    } catch (error) {
      if (error instanceof Problem) throw error;
      this.#parts.log.warn({ err: error, tenantId: tenant.tenantId }, 'a change of a member is left for later');
      await this.#release(tenant, row);
      return row;
    }
  }

  async #account(tenant: Tenant, { id, email }: UserRow): Promise<string> {
    try {
      return await this.#parts.directory.account(email ?? '');
    } catch (error) {
      if (!(error instanceof AddressRefused)) throw error;
      // Nobody will ever carry this out.
      await this.#parts.door.write(tenant, (tx) => users.withdrawUser(tx, id));
      throw new Problem('invalid-request', 'The identity provider takes no account with this address.', {
        cause: error,
        errors: [{ pointer: '/email', detail: 'is not accepted by the identity provider' }],
      });
    }
  }

  async #release(tenant: Tenant, { id }: UserRow): Promise<void> {
    // Without it the claim ends by itself, a little later.
    await this.#parts.door.write(tenant, (tx) => users.releaseUser(tx, id)).catch(() => {});
  }

  async #carryOut(tenant: Tenant, row: UserRow): Promise<UserRow> {
    const { door, directory } = this.#parts;
    const organizationId = organizationOf(tenant);
    let { subject, mail } = row;
    if (row.removedAt !== null || row.deactivatedAt !== null) {
      if (subject !== null) await directory.displace(organizationId, subject);
    } else {
      subject ??= await this.#account(tenant, row);
      await directory.place(organizationId, subject, row.role);
      if (row.invitedAt !== null && mail === null) mail = await directory.invite(subject);
    }
    const settled = { ...row, subject, mail, appliedVersion: row.version };
    try {
      const written = await door.write(tenant, (tx) => users.settleUser(tx, row, { subject, mail }, answerToStore(settled)));
      return written ?? row;
    } catch (error) {
      if (brokenUnique(error) !== 'users_subject_unique') throw error;
      // The account changed its address after it became a member here.
      await door.write(tenant, (tx) => users.withdrawUser(tx, row.id));
      throw userExists('The address belongs to somebody who is a member already.', error);
    }
  }
}

/** Of an invitation's first version; undefined for every later change, which no key is for. */
function answerToStore(row: UserRow): string | null {
  const { requestKey, requestHash } = row;
  if (row.version > 1 || requestKey === null || requestHash === null) return null;
  return answerParameter({ key: requestKey, requestHash }, invitationAnswer(userOf(row, undefined)));
}

/** What a page of members is ordered by. */
export const orderOf = ({ email, id }: Pick<User, 'email' | 'id'>): string => `${(email ?? '~').toLowerCase()} ${id}`;

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function organizationOf({ organizationId }: Tenant): string {
  if (organizationId === null) throw new Error('a tenant without an organization was served');
  return organizationId;
}

function underWay(): Problem {
  return new Problem('change-under-way', 'An earlier change of this member is still being carried out. Repeat in a moment.', {
    headers: { 'retry-after': '5' },
  });
}

function stale(row: UserRow): Problem {
  return new Problem('version-stale', `The member is in version ${row.version} now. Read it again and repeat the change.`, {
    headers: { etag: `"${row.version}"` },
  });
}

function userExists(detail: string, cause?: unknown): Problem {
  return new Problem('user-exists', detail, { cause, errors: [{ pointer: '/email', detail: 'is a member already' }] });
}
