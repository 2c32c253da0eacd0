import type { Customer, CustomerPatch } from '@tenantry/contracts';
import { sameJson } from '../../journal/field-changes.ts';

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
