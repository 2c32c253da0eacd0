import type { RoleChange, RoleSpec, RoleState } from '../../postgres/port.ts';
import type { Plan } from '../converge.ts';
import { roleComment } from '../role-comment.ts';

/** Roles to make or put back. A role of that name which does not carry this tenant's comment is refused, and then nothing is changed at all. */
export function rolesPlan(wanted: readonly RoleSpec[], found: ReadonlyMap<string, RoleState>): Plan<RoleChange> {
  for (const { name, tenantId } of wanted) {
    const role = found.get(name);
    if (role !== undefined && !(role.comment ?? '').startsWith(roleComment(tenantId)))
      return { refused: { reason: 'Conflict', message: `Role "${name}" exists and does not belong to this tenant; nothing was changed.` } };
  }
  return {
    changes: wanted.flatMap((spec): RoleChange[] => {
      const role = found.get(spec.name);
      if (role === undefined) return [{ spec, excess: undefined }];
      return differs(spec, role) ? [{ spec, excess: role.excess }] : [];
    }),
  };
}

function differs(spec: RoleSpec, role: RoleState): boolean {
  const settings = Object.entries(spec.login?.settings ?? {}).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : value.join(', ')}`,
  );
  return (
    role.canLogin !== (spec.login !== undefined) ||
    role.excess.length > 0 ||
    role.comment !== roleComment(spec.tenantId, spec.login?.credential.fingerprint) ||
    [...role.settings].sort().join('\n') !== settings.sort().join('\n') ||
    (spec.assumable && !role.assumable)
  );
}
