import { isDeepStrictEqual } from 'node:util';

/** A field that is wanted with one value and stored with another. */
export interface FieldDifference {
  /** `spec.template.spec.containers[api].image` */
  readonly path: string;
  readonly want: unknown;
  /** Undefined: it is not there. */
  readonly have: unknown;
}

/** Every wanted field that is stored with another value, as deep as it can be told. What is not wanted is nobody's difference. Pure. */
export function fieldDifferences(wanted: unknown, stored: unknown, path = ''): FieldDifference[] {
  if (isDeepStrictEqual(wanted, stored) || wanted === undefined || wanted === null) return [];
  if (isMap(wanted) && isMap(stored))
    return Object.entries(wanted).flatMap(([name, value]) => fieldDifferences(value, stored[name], path === '' ? name : `${path}.${name}`));
  if (Array.isArray(wanted) && Array.isArray(stored) && wanted.every((item) => nameOf(item) !== undefined))
    return wanted.flatMap((item: unknown) => {
      const name = nameOf(item);
      return fieldDifferences(
        item,
        stored.find((each) => nameOf(each) === name),
        `${path}[${name}]`,
      );
    });
  return [{ path, want: wanted, have: stored }];
}

type Fields = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an item of a list is known by. */
function nameOf(item: unknown): unknown {
  if (!isMap(item)) return undefined;
  return item.name ?? item.type ?? item.key ?? item.uid;
}
