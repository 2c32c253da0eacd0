import type { KubeObject, ManagedFieldsEntry } from './kube-object.ts';

/**
 * Paths of `wanted` that `fieldManager` no longer owns in `stored`: whoever changes or removes a field takes it out of the entry that the
 * last apply left, so a hand edit is seen without remembering anything. Empty: nobody touched what we want. Pure.
 * `undefined`: this manager has never applied the object.
 * (Structured merge diff: `f:` names a field, `k:` a list item by its keys, `v:` a set's value; an empty object is a leaf.)
 */
export function lostFields(wanted: KubeObject, stored: KubeObject, fieldManager: string): string[] | undefined {
  const entry = stored.metadata.managedFields?.find((each) => isApplyOf(each, fieldManager));
  if (entry === undefined) return undefined;
  // Identity is nobody's field.
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...body } = wanted;
  const { name: _name, namespace: _namespace, uid: _uid, resourceVersion: _resourceVersion, ...meta } = metadata;
  const lost: string[] = [];
  compare({ ...body, metadata: meta }, entry.fieldsV1 ?? {}, '', lost);
  return lost;
}

/** Whether an apply of this manager owns the field, e.g. `['spec', 'replicas']`: leaving it out of the next apply would take its value away. Pure. */
export function ownsField(stored: KubeObject, fieldManager: string, path: readonly string[]): boolean {
  let fields: unknown = stored.metadata.managedFields?.find((each) => isApplyOf(each, fieldManager))?.fieldsV1;
  for (const name of path) fields = (fields as Fields | undefined)?.[`f:${name}`];
  return fields !== undefined;
}

function isApplyOf(entry: ManagedFieldsEntry, fieldManager: string): boolean {
  return entry.manager === fieldManager && entry.operation === 'Apply' && (entry.subresource ?? '') === '';
}

type Fields = Readonly<Record<string, unknown>>;

function compare(wanted: unknown, owned: Fields, path: string, lost: string[]): void {
  if (isLeaf(owned)) return;
  if (Array.isArray(wanted)) compareList(wanted, owned, path, lost);
  else if (typeof wanted === 'object' && wanted !== null) compareMap(wanted as Fields, owned, path, lost);
}

function compareMap(wanted: Fields, owned: Fields, path: string, lost: string[]): void {
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined || value === null) continue;
    const below = path === '' ? name : `${path}.${name}`;
    const fields = owned[`f:${name}`];
    // An empty object under a path nobody owns is what applying an empty object leaves.
    if (fields !== undefined) compare(value, fields as Fields, below, lost);
    else if (!isEmptyMap(value)) lost.push(below);
  }
}

function compareList(wanted: readonly unknown[], owned: Fields, path: string, lost: string[]): void {
  const items = Object.entries(owned).flatMap(([name, fields]) =>
    name.startsWith('k:') || name.startsWith('v:')
      ? [{ isKey: name.startsWith('k:'), value: JSON.parse(name.slice(2)) as unknown, fields: fields as Fields }]
      : [],
  );
  for (const each of wanted) {
    const item = items.find(({ isKey, value }) =>
      isKey ? hasKeys(each, value as Fields) : JSON.stringify(each) === JSON.stringify(value),
    );
    if (item === undefined) lost.push(`${path}[${label(each)}]`);
    else compare(each, item.fields, `${path}[${label(each)}]`, lost);
  }
}

/** A key the item leaves out was filled in by the server, as a port's protocol is. */
function hasKeys(item: unknown, keys: Fields): boolean {
  if (typeof item !== 'object' || item === null) return false;
  return Object.entries(keys).every(([name, value]) => {
    const own = (item as Fields)[name];
    return own === undefined || own === value;
  });
}

/** A leaf is owned as a whole: a scalar, an atomic list or map. */
function isLeaf(fields: Fields): boolean {
  return Object.keys(fields).every((name) => name === '.');
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function label(item: unknown): string {
  if (typeof item !== 'object' || item === null) return `${item}`;
  const { name, type, key, uid } = item as Record<string, unknown>;
  return `${name ?? type ?? key ?? uid ?? '…'}`;
}
