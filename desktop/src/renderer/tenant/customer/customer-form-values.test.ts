import type { Customer } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { attributeText, attributeValue, customerResolver, EMPTY_CUSTOMER, formValuesOf, typedCustomer } from './customer-form-values.ts';
import { editableOf } from './three-way-merge.ts';

const ada: Customer = {
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  externalId: null,
  name: '<img src=x onerror=alert(1)>',
  email: 'ada@example.org',
  phone: '+4930123456',
  status: 'active',
  segment: null,
  tags: ['a,b', 'vip'],
  attributes: { level: 5, text: '5', flag: true, nested: { a: [1, 'x'] }, nothing: null, plain: 'computing' },
  version: 3,
  createdAt: '2026-11-22T14:00:00.000Z',
  updatedAt: '2026-11-22T14:00:00.000Z',
};

it('a customer that nobody touched in the form is what it was, whatever its attributes are', () => {
  expect(typedCustomer(formValuesOf(ada))).toEqual(editableOf(ada));
});

it.each([['5'], ['true'], ['null'], ['{"a":1}'], ['"quoted"'], ['plain text'], ['']])(
  'an attribute that is the text %j stays text',
  (text) => {
    expect(attributeValue(attributeText(text))).toBe(text);
  },
);

it('a phone number may be typed with spaces and signs between its digits', () => {
  expect(typedCustomer({ ...EMPTY_CUSTOMER, phone: ' +49 (30) 123-456 ' }).phone).toBe('+4930123456');
});

it('what the API would refuse is said at its field before it is sent', async () => {
  const { errors } = await customerResolver({ ...EMPTY_CUSTOMER, email: 'no address' }, undefined, {
    fields: {},
    shouldUseNativeValidation: false,
  });
  expect(Object.keys(errors).sort()).toEqual(['email', 'name']);
});
