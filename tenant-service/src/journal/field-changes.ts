import type { FieldChange } from '@tenantry/contracts';

type Json = FieldChange['before'];

/** What every version changes and nobody asks about. */
const BOOKKEEPING: ReadonlySet<string> = new Set(['version', 'updatedAt']);

/**
 * The places where two documents of one aggregate differ, by pointer; objects compared key by key, arrays as a whole. Empty when there is only one of
 * them: then that one is the answer. `version` and `updatedAt` are left out.
 */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  if (!isObject(before) || !isObject(after)) return [];
  const found: FieldChange[] = [];
  compareObjects(before, after, '', found);
  // The database keeps keys in an order of its own.
  return found.sort((a, b) => (a.pointer < b.pointer ? -1 : 1));
}

function compareObjects(before: Record<string, Json>, after: Record<string, Json>, path: string, found: FieldChange[]): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (path === '' && BOOKKEEPING.has(key)) continue;
    const [old, next] = [own(before, key), own(after, key)];
    const pointer = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (isObject(old) && isObject(next)) compareObjects(old, next, pointer, found);
    else if (!sameJson(old, next)) {
      found.push({ pointer, ...(old === undefined ? {} : { before: old }), ...(next === undefined ? {} : { after: next }) });
    }
  }
}

/** Not the prototype's: a tenant may call an attribute `constructor`. */
const own = (object: Record<string, Json>, key: string): Json => (Object.hasOwn(object, key) ? object[key] : undefined);

function isObject(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON, whatever the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, at) => sameJson(value, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]));
}
