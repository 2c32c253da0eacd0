import { expect, it } from 'vitest';
import type { DirectoryMember } from '../../keycloak/port.ts';
import { memberSync, type RowChange } from './member-sync.ts';
import { rowOfMember, type UserRow } from './user-row.ts';

const ada: DirectoryMember = { subject: 's-ada', email: 'ada@example.org', name: 'Ada', role: 'admin' };
const row = (changes: Partial<UserRow> = {}): UserRow => ({ ...rowOfMember(ada, 'id-ada', new Date(0)), ...changes });
const change: RowChange = { id: 'id-ada', version: 1, role: 'admin', email: 'ada@example.org', removed: false };

it.each<[string, UserRow[], DirectoryMember[], ReturnType<typeof memberSync>]>([
  ['nothing when both say the same', [row()], [ada], { found: [], changed: [] }],
  ['nothing for a difference in case of the address', [row({ email: 'ADA@example.org' })], [ada], { found: [], changed: [] }],
  ['a member nobody wrote down', [], [ada], { found: [ada], changed: [] }],
  ['another role', [row()], [{ ...ada, role: 'viewer' }], { found: [], changed: [{ ...change, role: 'viewer' }] }],
  ['another address', [row()], [{ ...ada, email: 'a@example.org' }], { found: [], changed: [{ ...change, email: 'a@example.org' }] }],
  ['one who is gone', [row()], [], { found: [], changed: [{ ...change, removed: true }] }],
  ['nothing for one who is deactivated and therefore gone', [row({ deactivatedAt: new Date(1) })], [], { found: [], changed: [] }],
  ['one who was deactivated and is back', [row({ deactivatedAt: new Date(1) })], [ada], { found: [], changed: [change] }],
  ['nothing of a change still on its way', [row({ version: 2, role: 'viewer' })], [ada], { found: [], changed: [] }],
  ['nothing of an invitation still on its way', [row({ subject: null, appliedVersion: 0 })], [ada], { found: [], changed: [] }],
])('takes over %s', (_, rows, members, expected) => {
  expect(memberSync(rows, members)).toEqual(expected);
});
