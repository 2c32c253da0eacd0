import { FIELD_MANAGER } from '@tenantry/contracts';
import type { KubeObject } from '../control/kube-object.ts';

/**
 * For the view of a kind of which is asked which fields are still ours: without who owns the others. The server and its controllers note every
 * field they fill in, and each such note is a tree of objects.
 */
export function withOwnFieldsOnly<T extends KubeObject>(object: T): T {
  const managedFields = (object.metadata.managedFields ?? []).filter(({ manager, operation, subresource = '' }) => {
    return manager === FIELD_MANAGER && operation === 'Apply' && subresource === '';
  });
  return { ...object, metadata: { ...object.metadata, managedFields } };
}
