import { FIELD_MANAGER } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { ownsField } from '../control/field-ownership.ts';
import type { KubeObject } from '../control/kube-object.ts';
import { withOwnFieldsOnly } from './with-own-fields-only.ts';

const child = (managedFields: object[] | undefined): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'acme', ...(managedFields && { managedFields }) } }) as KubeObject;
const entry = (manager: string, more: object = {}) => ({
  manager,
  operation: 'Apply',
  fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  ...more,
});

it('keeps what tells which fields are still ours, and nothing of the others', () => {
  const others = [entry('kubectl'), entry(FIELD_MANAGER, { operation: 'Update' }), entry(FIELD_MANAGER, { subresource: 'status' })];
  const kept = withOwnFieldsOnly(child([...others, entry(FIELD_MANAGER)]));
  expect(kept.metadata.managedFields).toEqual([entry(FIELD_MANAGER)]);
  expect(ownsField(kept, FIELD_MANAGER, ['spec', 'replicas'])).toBe(true);
  expect(ownsField(withOwnFieldsOnly(child(others)), FIELD_MANAGER, ['spec', 'replicas'])).toBe(false);
});

it('takes an object that nobody’s fields are known of', () => {
  expect(withOwnFieldsOnly(child(undefined))).toEqual(child([]));
});
