import { expect, it } from 'vitest';
import { schemaFields } from './schema-fields.ts';

it('lists a nested property with its whole path, limits, default and rules', () => {
  const fields = schemaFields({
    required: ['topics'],
    properties: {
      topics: {
        type: 'array',
        maxItems: 64,
        items: {
          type: 'object',
          properties: {
            partitions: {
              type: 'integer',
              minimum: 1,
              maximum: 64,
              default: 3,
              description: 'Never fewer than before.',
              'x-kubernetes-validations': [{ rule: 'self >= oldSelf', message: 'partitions cannot shrink' }],
            },
          },
        },
      },
    },
  });
  expect(fields).toEqual([
    { path: 'topics', kind: 'list of object, at most 64', required: true, defaultText: undefined, description: '', rules: [] },
    {
      path: 'topics[].partitions',
      kind: 'integer, 1 to 64',
      required: false,
      defaultText: '3',
      description: 'Never fewer than before.',
      rules: ['partitions cannot shrink'],
    },
  ]);
});

it('follows a reference into the definitions', () => {
  const [first, second] = schemaFields({
    properties: { customer: { $ref: '#/$defs/Customer' } },
    $defs: { Customer: { type: 'object', properties: { email: { anyOf: [{ type: 'string', format: 'email' }, { type: 'null' }] } } } },
  });
  expect([first?.kind, second?.path, second?.kind]).toEqual(['object', 'customer.email', 'string (email) or null']);
});
