import type { DriftItem } from '@tenantry/contracts';
import type { RoleSpec, RoleState } from '../../postgres/port.ts';
import { roleComment } from '../role-comment.ts';
import { driftItem, SECRET } from './drift-item.ts';

/** What of a role is not as wanted; empty when all is. */
export function roleDifferences(spec: RoleSpec, found: RoleState | undefined): readonly DriftItem[] {
  const resource = `postgres/role/${spec.name}`;
  if (found === undefined) return [driftItem(resource, 'exists', 'yes', 'no')];
  const items: DriftItem[] = [];
  const compare = (field: string, want: string, have: string): void => {
    if (want !== have) items.push(driftItem(resource, field, want, have));
  };
  compare('login', spec.login === undefined ? 'no' : 'yes', found.canLogin ? 'yes' : 'no');
  compare('attributes', 'none', found.excess.join(', ') || 'none');
  // The comment's last word is the mark of the password the operator gave last.
  if (found.comment !== roleComment(spec.tenantId, spec.login?.credential.fingerprint))
    items.push(driftItem(resource, 'password', SECRET, SECRET));
  const have = new Map(found.settings.map((setting) => splitOnce(setting, '=')));
  const want = new Map(
    Object.entries(spec.login?.settings ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]),
  );
  for (const name of new Set([...want.keys(), ...have.keys()])) compare(name, want.get(name) ?? 'unset', have.get(name) ?? 'unset');
  if (spec.assumable) compare('the operator may become it', 'yes', found.assumable ? 'yes' : 'no');
  return items;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
