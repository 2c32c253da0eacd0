/**
 * Whether `a` is later than `b`. Resource versions of one kind are decimal numbers that grow (guaranteed since Kubernetes 1.35, true before);
 * compared as text because they may exceed 2^53. Anything else counts as newer: then nothing is skipped.
 */
export function isNewer(a: string, b: string | undefined): boolean {
  if (b === undefined || !isNumber(a) || !isNumber(b)) return true;
  return a.length === b.length ? a > b : a.length > b.length;
}

function isNumber(version: string): boolean {
  return /^(0|[1-9][0-9]*)$/.test(version);
}
