import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@tenantry/operator/control/kube-object.ts';
import { ownedPart } from './field-owners.ts';
import type { TenantObject } from './tenant-kinds.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is left of an edit as an apply. */
export interface EditedManifest {
  /** Everything the desktop owns already, with what the person changed; nothing they left alone becomes the desktop's. */
  readonly wish: KubeObject;
  /** Fields the person took away that are not the desktop's: an apply cannot remove them. */
  readonly takenAway: readonly string[];
}

/**
 * An edit of the whole object as the fields that differ from what the person saw. An apply of all they saw would make every field the desktop's, and take
 * each from the tool that keeps it. Pure.
 */
export function editedManifest(tenant: TenantObject, seen: Fields, written: Fields): EditedManifest {
  const owned = ownedPart(tenant) as { readonly metadata: Fields; readonly spec: Fields };
  const takenAway: string[] = [];
  const { name, uid, resourceVersion } = tenant.metadata;
  const metadata: Record<string, unknown> = {};
  for (const part of ['labels', 'annotations'] as const) {
    const [before, after] = [seen.metadata as Fields | undefined, written.metadata as Fields | undefined];
    const wished = edited(before?.[part], after?.[part], owned.metadata[part], `metadata.${part}`, takenAway);
    if (wished !== undefined) metadata[part] = wished;
  }
  const spec = edited(seen.spec, written.spec, owned.spec, 'spec', takenAway) ?? {};
  return {
    wish: {
      apiVersion: tenant.apiVersion,
      kind: tenant.kind,
      metadata: { ...metadata, name, ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) },
      spec,
    } as unknown as KubeObject,
    takenAway,
  };
}

/** What to apply at one place; undefined: nothing. */
function edited(before: unknown, after: unknown, owned: unknown, path: string, takenAway: string[]): unknown {
  if (isDeepStrictEqual(before, after)) return owned;
  if (after === undefined) {
    if (before !== undefined) leavesBut(before, owned, path, takenAway);
    return undefined;
  }
  if (isMap(after) && (isMap(before) || before === undefined)) return editedMap(before ?? {}, after, owned, path, takenAway);
  if (isNamedList(after) && (isNamedList(before) || before === undefined)) {
    const [old, next, own] = [byName(before ?? []), byName(after), byName(isNamedList(owned) ? owned : [])];
    const items = [...new Set([...next.keys(), ...old.keys()])].flatMap((name) => {
      const item = edited(old.get(name), next.get(name), own.get(name), `${path}[${name}]`, takenAway);
      return item === undefined ? [] : [{ name, ...(item as Fields) }];
    });
    return items.length === 0 && owned === undefined && before !== undefined ? undefined : items;
  }
  return after;
}

function editedMap(before: Fields, after: Fields, owned: unknown, path: string, takenAway: string[]): Fields | undefined {
  const own = isMap(owned) ? owned : {};
  const wished: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const value = edited(before[key], after[key], own[key], `${path}.${key}`, takenAway);
    if (value !== undefined) wished[key] = value;
  }
  const isUntouched = Object.keys(wished).length === 0 && owned === undefined && Object.keys(before).length > 0;
  return isUntouched ? undefined : wished;
}

/** Fields of what was taken away that the desktop does not own. */
function leavesBut(before: unknown, owned: unknown, path: string, found: string[]): void {
  if (isMap(before) && Object.keys(before).length > 0) {
    for (const [key, value] of Object.entries(before)) leavesBut(value, isMap(owned) ? owned[key] : undefined, `${path}.${key}`, found);
  } else if (isNamedList(before) && before.length > 0) {
    const own = byName(isNamedList(owned) ? owned : []);
    for (const [name, item] of byName(before)) leavesBut(item, own.get(name), `${path}[${name}]`, found);
  } else if (owned === undefined) found.push(path);
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists of a Tenant whose items have names are maps by name (topics, queues). */
function isNamedList(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every((item) => isMap(item) && typeof item.name === 'string');
}

function byName(items: readonly Fields[]): Map<string, Fields> {
  return new Map(items.map((item) => [item.name as string, item]));
}
