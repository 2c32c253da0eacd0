import { fieldDifferences } from './field-differences.ts';
import type { KubeObject } from './kube-object.ts';

/** One field that is not the same before and after. */
export interface ObjectChange {
  /** `spec.lifecycle.state` */
  readonly path: string;
  /** Undefined: it was not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Fields of spec, labels and annotations that are not the same. Pure. */
export function objectChanges(before: KubeObject | undefined, after: KubeObject): ObjectChange[] {
  const [old, next] = [substance(before), substance(after)];
  const changed = fieldDifferences(next, old).map(({ path, want, have }) => ({ path, before: have, after: want }));
  const gone = fieldDifferences(old, next).filter(({ have }) => have === undefined);
  return [...changed, ...gone.map(({ path, want }) => ({ path, before: want, after: undefined }))];
}

function substance(object: KubeObject | undefined): object {
  const { labels, annotations } = object?.metadata ?? {};
  const spec = (object as (KubeObject & { readonly spec?: object }) | undefined)?.spec;
  return { spec: spec ?? {}, labels: labels ?? {}, annotations: annotations ?? {} };
}
