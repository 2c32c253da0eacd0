import type { Customer, CustomerPatch } from '@tenantry/contracts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** RFC 7396 for any JSON: null removes, objects merge, everything else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** The customer after a patch, before version and time change, and the names of the fields that differ. A field set to null becomes null. */
export function applyPatch(customer: Customer, patch: CustomerPatch): { readonly after: Customer; readonly changed: string[] } {
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const after: Customer = { ...customer, ...given };
  if (patch.attributes !== undefined)
    after.attributes = mergePatch(customer.attributes as Json, patch.attributes as Json) as Customer['attributes'];
  const changed = Object.keys(given).filter((field) => !sameJson(customer[field as keyof Customer], after[field as keyof Customer]));
  return { after, changed };
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON, whatever the order of keys. */
function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, at) => sameJson(value, b[at]));
  if (!isObject(a as Json) || !isObject(b as Json)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]));
}
