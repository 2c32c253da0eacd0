import { expect, it } from 'vitest';
import { attributeFields } from './attribute-fields.ts';

const [...fields] = attributeFields({
  type: 'object',
  $defs: { tier: { type: 'string', enum: ['gold', 'silver'] } },
  properties: {
    seats: { type: 'integer', 'x-indexable': true },
    plan: { $ref: '#/$defs/tier', title: 'Plan' },
    since: { type: 'string', format: 'date', 'x-indexable': true },
    address: { type: 'object', properties: { city: { type: 'string' } } },
    anything: true,
  },
});

it('of the attributes a schema names, those it marks can be filtered by, each as its type', () => {
  expect(fields.filter(({ isFilter }) => isFilter).map(({ field, type, format }) => [field, type, format])).toEqual([
    ['attributes.seats', 'integer', undefined],
    ['attributes.since', 'string', 'date'],
  ]);
});

it('an attribute is called by its title, else by its name, and one that points to a definition is what that says', () => {
  expect(fields).toContainEqual({
    ...{ field: 'attributes.plan', title: 'Plan', type: 'string', format: undefined, choices: ['gold', 'silver'], isFilter: false },
  });
  expect(fields.map(({ title }) => title)).toEqual(['seats', 'Plan', 'since', 'address']);
});

it.each([[{}], [{ properties: [] }], [{ properties: { odd: 'text' } }]])('a schema that names none has none: %j', (schema) => {
  expect(attributeFields(schema)).toEqual([]);
});
