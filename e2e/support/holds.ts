import { isDeepStrictEqual } from 'node:util';

/** Not vitest's expect: the long forms of the faults run without a test runner. @throws Error saying what was found and what was wanted, of lists from where they differ */
export function holds(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) return;
  const [foundFrom, wantedFrom, place] = fromDifference(found, wanted);
  throw new Error(`${what}: found ${shown(foundFrom)}, wanted ${shown(wantedFrom)}${place}`);
}

function fromDifference(found: unknown, wanted: unknown): readonly [unknown, unknown, string] {
  if (!Array.isArray(found) || !Array.isArray(wanted)) return [found, wanted, ''];
  const longest = Math.max(found.length, wanted.length);
  let at = 0;
  while (at < longest && isDeepStrictEqual(found[at], wanted[at])) at += 1;
  return [found.slice(at), wanted.slice(at), ` (from ${at} on; ${found.length} found, ${wanted.length} wanted)`];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}
