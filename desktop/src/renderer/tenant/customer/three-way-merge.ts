import type { Customer, CustomerPatch } from '@tenantry/contracts';

/** What a person sets of a customer. Each key of `attributes` is a field of its own, as a merge patch treats it. */
export const EDITABLE_FIELDS = ['name', 'email', 'phone', 'externalId', 'status', 'segment', 'tags', 'attributes'] as const;
export type EditableCustomer = Pick<Customer, (typeof EDITABLE_FIELDS)[number]>;

/** One field of which the three versions are not all the same. */
export interface FieldMerge {
  /** `name`, or `attributes.<key>`. */
  readonly field: string;
  readonly base: unknown;
  readonly mine: unknown;
  readonly theirs: unknown;
  /** Who changed it; `both` also when both arrived at the same value. */
  readonly changedBy: 'me' | 'them' | 'both';
  /** Both changed it, to different values: a person must choose. */
  readonly conflict: boolean;
  /** What is right without asking; of a conflict, mine. Undefined: an attribute that is gone. */
  readonly merged: unknown;
}

export type MergeChoice = 'mine' | 'theirs';

/** Compares field by field. Tags are sets: what either added is added, what either removed is removed, so they never conflict. */
export function threeWayMerge(base: EditableCustomer, mine: EditableCustomer, theirs: EditableCustomer): readonly FieldMerge[] {
  const [baseFields, myFields, theirFields] = [flat(base), flat(mine), flat(theirs)];
  const names = new Set([...baseFields.keys(), ...myFields.keys(), ...theirFields.keys()]);
  return [...names].flatMap((field) => {
    const values = { base: baseFields.get(field), mine: myFields.get(field), theirs: theirFields.get(field) };
    const byMe = !isSame(values.mine, values.base);
    const byThem = !isSame(values.theirs, values.base);
    if (!byMe && !byThem) return [];
    const changedBy = byMe ? (byThem ? 'both' : 'me') : 'them';
    if (field === 'tags') return [{ field, ...values, changedBy, conflict: false, merged: mergeTags(base.tags, mine.tags, theirs.tags) }];
    const conflict = byMe && byThem && !isSame(values.mine, values.theirs);
    return [{ field, ...values, changedBy, conflict, merged: byMe ? values.mine : values.theirs }];
  });
}

/** Their version with what was decided on top. Conflicts that nobody decided stay mine. */
export function mergedCustomer(
  theirs: EditableCustomer,
  merges: readonly FieldMerge[],
  choices: Readonly<Record<string, MergeChoice>>,
): EditableCustomer {
  const fields = flat(theirs);
  for (const merge of merges) {
    const choice = choices[merge.field];
    const value = choice === undefined ? merge.merged : merge[choice];
    if (value === undefined) fields.delete(merge.field);
    else fields.set(merge.field, value);
  }
  const attributes: Record<string, unknown> = {};
  const customer: Record<string, unknown> = { attributes };
  for (const [field, value] of fields) {
    if (field.startsWith('attributes.')) attributes[field.slice('attributes.'.length)] = value;
    else customer[field] = value;
  }
  return customer as EditableCustomer;
}

/** The merge patch (RFC 7396) that makes one of the other; undefined when they are the same. */
export function patchBetween(from: EditableCustomer, to: EditableCustomer): CustomerPatch | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of EDITABLE_FIELDS) {
    if (isSame(from[field], to[field])) continue;
    patch[field] = field === 'attributes' ? attributesPatch(from.attributes, to.attributes) : to[field];
  }
  return Object.keys(patch).length === 0 ? undefined : (patch as CustomerPatch);
}

/** The fields a person sets, of a whole customer. */
export function editableOf(customer: Customer): EditableCustomer {
  return Object.fromEntries(EDITABLE_FIELDS.map((field) => [field, customer[field]])) as EditableCustomer;
}

/** Equal as JSON values: the order of an object's keys says nothing. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSame(one[key as never], other[key as never]));
}

function flat(customer: EditableCustomer): Map<string, unknown> {
  const { attributes, ...fields } = customer;
  return new Map<string, unknown>([
    ...Object.entries(fields),
    ...Object.entries(attributes).map(([key, value]): [string, unknown] => [`attributes.${key}`, value]),
  ]);
}

function mergeTags(base: readonly string[], mine: readonly string[], theirs: readonly string[]): readonly string[] {
  const stays = (tag: string) => !base.includes(tag) || (mine.includes(tag) && theirs.includes(tag));
  return [...new Set([...theirs, ...mine])].filter(stays);
}

/** Merge patches go into objects: what is gone at any depth must be said with null. */
function attributesPatch(from: Record<string, unknown>, to: Record<string, unknown>): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (isSame(before, value)) continue;
    patch[key] = isObject(before) && isObject(value) ? attributesPatch(before, value) : value;
  }
  return patch;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
