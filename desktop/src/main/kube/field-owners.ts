import type { KubeObject, ManagedFieldsEntry } from '@tenantry/operator/control/kube-object.ts';
import type { FieldOwner } from '../../platform/platform-view-questions.ts';

/** Who sets what through the desktop. */
export const DESKTOP_FIELD_MANAGER = 'tenantry-desktop';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Fields of the spec that another manager than the desktop has set, each with its name: a change of them would be undone, or is somebody
 * else's business. What the server filled in is nobody's. Pure.
 */
export function fieldOwners(object: Pick<KubeObject, 'metadata'>): readonly FieldOwner[] {
  return (object.metadata.managedFields ?? []).filter(isOthers).flatMap((entry) => {
    const paths: string[] = [];
    leaves(entry.fieldsV1?.['f:spec'] as Fields | undefined, 'spec', paths);
    return paths.map((path) => ({ path, manager: entry.manager ?? 'unknown' }));
  });
}

/** The value of every field that the desktop's own last apply owns: what a next apply leaves out would be taken away. Pure. */
export function ownedPart(object: KubeObject): Record<string, unknown> {
  const entry = object.metadata.managedFields?.find(
    ({ manager, operation, subresource }) => manager === DESKTOP_FIELD_MANAGER && operation === 'Apply' && (subresource ?? '') === '',
  );
  const { apiVersion, kind, metadata } = object;
  const owned = (entry === undefined ? {} : part(object, entry.fieldsV1 ?? {})) as Record<string, unknown>;
  const { annotations, labels } = (owned.metadata ?? {}) as Record<string, unknown>;
  return {
    apiVersion,
    kind,
    metadata: { name: metadata.name, ...(annotations === undefined ? {} : { annotations }), ...(labels === undefined ? {} : { labels }) },
    spec: owned.spec ?? {},
  };
}

function isOthers({ manager, subresource }: ManagedFieldsEntry): boolean {
  return manager !== DESKTOP_FIELD_MANAGER && subresource !== 'status';
}

function leaves(fields: Fields | undefined, path: string, found: string[]): void {
  for (const [name, below] of Object.entries(fields ?? {})) {
    if (name === '.') continue;
    const here = name.startsWith('f:') ? `${path}.${name.slice(2)}` : `${path}[${itemLabel(name)}]`;
    if (Object.keys(below as Fields).every((each) => each === '.')) found.push(here);
    else leaves(below as Fields, here, found);
  }
}

/** `k:{"name":"orders"}` names an item of a list by its keys, `v:"x"` one of a set by its value. */
function itemLabel(name: string): string {
  const value: unknown = JSON.parse(name.slice(2));
  return typeof value === 'object' && value !== null ? Object.values(value).join(',') : `${value}`;
}

function part(value: unknown, fields: Fields): unknown {
  const names = Object.keys(fields).filter((name) => name !== '.');
  if (names.length === 0) return value;
  if (Array.isArray(value)) return names.flatMap((name) => itemPart(value, name, fields[name] as Fields));
  if (typeof value !== 'object' || value === null) return value;
  const found: Record<string, unknown> = {};
  for (const name of names) {
    const key = name.slice(2);
    const below = (value as Fields)[key];
    if (name.startsWith('f:') && below !== undefined) found[key] = part(below, fields[name] as Fields);
  }
  return found;
}

function itemPart(items: readonly unknown[], name: string, fields: Fields): unknown[] {
  const wanted: unknown = JSON.parse(name.slice(2));
  if (name.startsWith('v:')) return items.filter((item) => JSON.stringify(item) === JSON.stringify(wanted));
  const keys = Object.entries(wanted as Fields);
  return items
    .filter((item) => keys.every(([key, value]) => (item as Fields)[key] === value))
    .map((item) => ({ ...Object.fromEntries(keys), ...(part(item, fields) as object) }));
}
