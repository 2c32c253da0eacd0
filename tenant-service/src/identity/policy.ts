import type { Operation, Role } from '@tenantry/contracts';
import { Problem } from '../problem.ts';
import type { Actor } from './actor.ts';

/** Organization group → role. Whole paths: a group named `x/admin` has path `/x/admin` and gives nothing. */
const GROUP_ROLES: Readonly<Record<string, Role>> = { '/admin': 'admin', '/editor': 'editor', '/viewer': 'viewer', '/machine': 'machine' };

/** Roles of a token's organization groups; unknown groups give none. */
export function rolesOf(groups: readonly string[]): ReadonlySet<Role> {
  return new Set(groups.flatMap((group) => (Object.hasOwn(GROUP_ROLES, group) ? [GROUP_ROLES[group] as Role] : [])));
}

/** The policy table is the operations' `roles`. @throws Problem `role-missing`. */
export function authorize(actor: Pick<Actor, 'roles'>, operation: Operation): void {
  if (operation.roles.some((role) => actor.roles.has(role))) return;
  throw new Problem('role-missing', `This needs one of the roles ${operation.roles.join(', ')}.`);
}
