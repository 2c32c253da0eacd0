import { isDeepStrictEqual } from 'node:util';

/** Not vitest's expect: the long forms of the faults run without a test runner. @throws Error saying what was found and what was wanted */
export function holds(what: string, found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) throw new Error(`${what}: found ${shown(found)}, wanted ${shown(wanted)}`);
}

/** Of ten thousand events the first that differ are enough. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}
