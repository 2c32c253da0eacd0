import { expect, it } from 'vitest';
import { attributeFields } from './attribute-fields.ts';
import { filterChoice } from './filter-choice.ts';

const attributes = attributeFields({
  properties: {
    seats: { type: 'integer', 'x-indexable': true },
    rate: { type: 'number', 'x-indexable': true },
    isPartner: { type: 'boolean', 'x-indexable': true },
    plan: { type: 'string', enum: ['basic', 'premium'], 'x-indexable': true },
    since: { type: 'string', format: 'date', 'x-indexable': true },
  },
});

it.each([
  ['status', 'choice', 'in', ['active', 'inactive', 'blocked']],
  ['createdAt', 'instant', 'eq', []],
  ['attributes.seats', 'integer', 'eq', []],
  ['attributes.rate', 'number', 'eq', []],
  ['attributes.isPartner', 'boolean', 'eq', []],
  ['attributes.plan', 'text', 'in', ['basic', 'premium']],
  ['attributes.since', 'day', 'eq', []],
  ['attributes.gone', 'text', 'eq', []],
])('%s asks for a value of type %s, and is compared by %s first', (field, type, first, choices) => {
  expect(filterChoice(field, attributes)).toMatchObject({ type, choices });
  expect(filterChoice(field, attributes).operators[0]).toBe(first);
});

it('numbers are compared by size, text and flags are not', () => {
  const bySize = (name: string) => filterChoice(`attributes.${name}`, attributes).operators.includes('gte');
  expect(['seats', 'rate', 'plan', 'isPartner'].map(bySize)).toEqual([true, true, false, false]);
});
