import { describe, expect, it } from 'vitest';
import { lostFields, ownsField } from './field-ownership.ts';
import type { KubeObject } from './kube-object.ts';

/** A Deployment as the API server stores it after an apply by `me`: the fields of `owned`. */
function stored(owned: object, manager = 'me', operation = 'Apply'): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', managedFields: [{ manager, operation, fieldsV1: owned as Record<string, unknown> }] },
  };
}

function wanted(body: object, metadata: object = {}): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default', ...metadata }, ...body };
}

const PORTS = { ports: [{ name: 'http', containerPort: 80 }] };

describe('lostFields', () => {
  it.each([
    ['nothing when every field is ours', { spec: { replicas: 2 } }, { 'f:spec': { 'f:replicas': {} } }, []],
    ['a field somebody else has set', { spec: { replicas: 2, paused: true } }, { 'f:spec': { 'f:paused': {} } }, ['spec.replicas']],
    [
      'nothing inside an atomic map or list',
      { spec: { selector: { app: 'web' }, args: ['a'] } },
      { 'f:spec': { 'f:selector': {}, 'f:args': {} } },
      [],
    ],
    [
      'nothing when the server filled in a part of a list item’s key',
      { spec: PORTS },
      { 'f:spec': { 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:containerPort': {} } } } },
      [],
    ],
    [
      'a field of a list item',
      { spec: PORTS },
      { 'f:spec': { 'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } } } },
      ['spec.ports[http].name'],
    ],
    [
      'a list item',
      { spec: { ports: [...PORTS.ports, { name: 'dns', containerPort: 53 }] } },
      { 'f:spec': { 'f:ports': { 'k:{"containerPort":80}': { '.': {}, 'f:name': {}, 'f:containerPort': {} } } } },
      ['spec.ports[dns]'],
    ],
    ['nothing for what is left out of the wish', { spec: { replicas: undefined, args: null } }, { 'f:spec': {} }, []],
    ['nothing for an empty map that leaves no trace', { spec: { emptyDir: {}, replicas: 1 } }, { 'f:spec': { 'f:replicas': {} } }, []],
  ])('finds %s', (_, body, owned, expected) => {
    expect(lostFields(wanted(body), stored(owned), 'me')).toEqual(expected);
  });

  it('looks at labels and a set of finalizers, not at name and version', () => {
    const object = wanted({}, { labels: { a: '1' }, finalizers: ['x.dev/y', 'x.dev/z'], resourceVersion: '7' });
    const owned = { 'f:metadata': { 'f:labels': { 'f:a': {} }, 'f:finalizers': { '.': {}, 'v:"x.dev/y"': {} } } };
    expect(lostFields(object, stored(owned), 'me')).toEqual(['metadata.finalizers[x.dev/z]']);
  });

  it('knows nothing when this manager never applied the object, be it that somebody of its name updated it', () => {
    expect(lostFields(wanted({}), stored({}, 'kubectl'), 'me')).toBeUndefined();
    expect(lostFields(wanted({}), stored({}, 'me', 'Update'), 'me')).toBeUndefined();
  });
});

it('ownsField knows whose apply a field came with', () => {
  const object = stored({ 'f:spec': { 'f:replicas': {} } });
  expect(ownsField(object, 'me', ['spec', 'replicas'])).toBe(true);
  expect(ownsField(object, 'me', ['spec', 'paused'])).toBe(false);
  expect(ownsField(object, 'somebody', ['spec', 'replicas'])).toBe(false);
  expect(ownsField(stored({ 'f:spec': { 'f:replicas': {} } }, 'me', 'Update'), 'me', ['spec', 'replicas'])).toBe(false);
});
