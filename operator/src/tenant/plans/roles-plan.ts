import type { LoginRetirement, RoleChange, RoleSpec, RoleState } from '../../postgres/port.ts';
import type { Plan } from '../converge.ts';
import { roleComment } from '../role-comment.ts';

/**
 * Roles to make or put back, and logins of credential generations that work no more. A role of a wanted name which does not carry this
 * tenant's comment is refused, and then nothing is changed at all; one of an unwanted name is somebody else's and left alone.
 */
export function rolesPlan(
  wanted: readonly RoleSpec[],
  found: ReadonlyMap<string, RoleState>,
  unwanted: { readonly logins: readonly string[]; readonly tenantId: string },
): Plan<RoleChange | LoginRetirement> {
  for (const { name, tenantId } of wanted) {
    const role = found.get(name);
    if (role !== undefined && !(role.comment ?? '').startsWith(roleComment(tenantId)))
      return { refused: { reason: 'Conflict', message: `Role "${name}" exists and does not belong to this tenant; nothing was changed.` } };
  }
  const over = unwanted.logins.flatMap((name): LoginRetirement[] => {
    const role = found.get(name);
    return role?.comment?.startsWith(roleComment(unwanted.tenantId)) ? [{ retire: name, isOpen: role.canLogin }] : [];
  });
  return {
    changes: [
      ...wanted.flatMap((spec): RoleChange[] => {
        const role = found.get(spec.name);
        if (role === undefined) return [{ spec, excess: undefined }];
        return differs(spec, role) ? [{ spec, excess: role.excess }] : [];
      }),
      ...over,
    ],
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
