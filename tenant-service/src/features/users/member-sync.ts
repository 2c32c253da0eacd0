import type { MemberRole } from '@tenantry/contracts';
import type { DirectoryMember } from '../../keycloak/port.ts';
import type { UserRow } from './user-row.ts';

/** A row that no longer says what the identity provider has. */
export interface RowChange {
  readonly id: string;
  readonly version: number;
  readonly role: MemberRole;
  readonly email: string | null;
  readonly removed: boolean;
}

export interface MemberSync {
  /** Members nobody has written down. */
  readonly found: readonly DirectoryMember[];
  readonly changed: readonly RowChange[];
}

/**
 * What the rows have to take over from the identity provider, where members may be changed by others too (its own administrators, a
 * directory it is connected to). It is right about every row it has heard all of; a row with a change still on its way is left alone.
 * The rows must have been read before the members: a change in between then meets a newer version and is left out.
 */
export function memberSync(rows: readonly UserRow[], members: readonly DirectoryMember[]): MemberSync {
  const bySubject = new Map(rows.flatMap((row) => (row.subject === null ? [] : [[row.subject, row] as const])));
  // An invitation on its way will find its own member.
  const awaited = new Set(rows.flatMap(({ subject, email }) => (subject === null && email !== null ? [email.toLowerCase()] : [])));
  const found = members.filter(({ subject, email }) => !bySubject.has(subject) && !awaited.has((email ?? '').toLowerCase()));
  const changed: RowChange[] = [];
  const present = new Map(members.map((member) => [member.subject, member]));
  for (const row of rows) {
    if (row.subject === null || row.appliedVersion < row.version) continue;
    const member = present.get(row.subject);
    const { id, version } = row;
    if (member === undefined) {
      if (row.deactivatedAt === null) changed.push({ id, version, role: row.role, email: row.email, removed: true });
      continue;
    }
    const email = member.email ?? null;
    const same = row.role === member.role && (row.email ?? '').toLowerCase() === (email ?? '').toLowerCase() && row.deactivatedAt === null;
    if (!same) changed.push({ id, version, role: member.role, email, removed: false });
  }
  return { found, changed };
}
