import type { DriftItem } from '@tenantry/contracts';
import { fieldDifferences } from '../control/field-differences.ts';
import { driftItem, SECRET } from '../tenant/plans/drift-item.ts';
import type { ChildObject } from './port.ts';

/** What of a child is not as wanted, for people; `edited` narrows it to fields that somebody changed. Pure. */
export function childDifferences(
  wanted: ChildObject,
  stored: ChildObject | undefined,
  edited: readonly string[] = [],
): readonly DriftItem[] {
  const resource = `kubernetes/${wanted.kind}/${wanted.metadata.name}`;
  if (stored === undefined) return [driftItem(resource, 'exists', 'yes', 'no')];
  const items = fieldDifferences(substance(wanted), substance(stored))
    .filter(({ path }) => edited.length === 0 || edited.some((each) => path.startsWith(each) || each.startsWith(path)))
    .map(({ path, want, have }) => {
      const isSecret = wanted.kind === 'Secret' && path.startsWith('data');
      // Somebody may have typed a password into a container's environment.
      const isPrivate = isSecret || path.includes('.env[');
      return driftItem(resource, path, isSecret ? SECRET : textOf(want), isPrivate && have !== undefined ? SECRET : textOf(have));
    });
  return items.length > 0 ? items : [driftItem(resource, 'owner of its fields', 'the operator', 'somebody else')];
}

/** Without what the server or the next apply brings by itself. */
function substance({ kind: _kind, apiVersion: _apiVersion, status: _status, metadata, ...body }: ChildObject): object {
  const { labels, annotations, ownerReferences } = metadata;
  return { ...body, metadata: { labels, annotations, ownerReferences } };
}

function textOf(value: unknown): string {
  if (value === undefined) return 'unset';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
