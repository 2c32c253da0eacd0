import type { AppliedChild, ChildObject } from '../kubernetes/port.ts';

/** What an apply put back, with the names (never the values) of fields somebody had changed. An update because we want something new is none. */
export function repairOf(object: ChildObject, outcome: AppliedChild['outcome'], handEdited: readonly string[]): string[] {
  const name = `${object.kind} ${object.metadata.name}`;
  if (outcome === 'created') return [name];
  return outcome === 'updated' && handEdited.length > 0 ? [`${name} (${handEdited.join(', ')})`] : [];
}
