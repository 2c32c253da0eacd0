import { expect, it } from 'vitest';
import { labelOf, textProblem, withField } from './spec-schema.ts';
import { manifestOf, NEW_TENANT, yamlOf } from './tenant-manifest.ts';

it('sets and takes away fields at any depth, leaves no empty object behind, and keeps the order', () => {
  const spec = withField(withField({}, ['classRef', 'name'], 'standard'), ['workload', 'mode'], 'Dedicated');
  expect(spec).toEqual({ classRef: { name: 'standard' }, workload: { mode: 'Dedicated' } });
  expect(withField(spec, ['workload', 'mode'], undefined)).toEqual({ classRef: { name: 'standard' } });
  expect(Object.keys(withField(spec, ['classRef', 'name'], 'gold'))).toEqual(['classRef', 'workload']);
});

it('makes words of names, and says what is wrong with a text before the server does', () => {
  expect(labelOf('deletionGracePeriod')).toBe('Deletion grace period');
  expect(textProblem({ pattern: '^[0-9]+h$' }, '12h')).toBeUndefined();
  expect(textProblem({ pattern: '^[0-9]+h$' }, 'soon')).toBe('pattern');
  expect(textProblem({ minLength: 2, maxLength: 3 }, 'a')).toBe('short');
  expect(textProblem({ maxLength: 3 }, 'abcd')).toBe('long');
});

it('reads a manifest back as it was written, and says why a text is none', () => {
  const manifest = { ...NEW_TENANT, metadata: { name: 'acme' }, spec: { classRef: { name: 'standard' } } };
  expect(manifestOf(yamlOf(manifest))).toEqual(manifest);
  for (const text of [
    '',
    'a: [',
    'kind: Secret',
    'apiVersion: tenantry.dev/v1alpha1\nkind: Tenant',
    'apiVersion: tenantry.dev/v1alpha1\nkind: Tenant\nmetadata: {name: a}',
  ])
    expect(manifestOf(text)).toHaveProperty('problem');
});
