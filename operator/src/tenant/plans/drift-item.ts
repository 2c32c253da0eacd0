import type { DriftItem } from '@tenantry/contracts';

/** Stands for a value nobody may read in a status or an event. */
export const SECRET = '(secret)';

/** A difference, cut to what a status holds. */
export function driftItem(resource: string, field: string, want: string, have: string): DriftItem {
  return { resource: cut(resource, 253), field: cut(field, 253), want: cut(want, 256), have: cut(have, 256) };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
