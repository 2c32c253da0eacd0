import { asyncApiDocument } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { incompatibilities } from './events-are-compatible.ts';

interface Payload {
  properties: Record<string, Record<string, unknown>>;
  required: string[];
}
const document = (change: (customer: Payload, messages: Record<string, unknown>) => void = () => {}): unknown => {
  const copy = JSON.parse(JSON.stringify(asyncApiDocument(''))) as {
    components: { messages: Record<string, unknown>; schemas: { Customer: Payload } };
  };
  change(copy.components.schemas.Customer, copy.components.messages);
  return copy;
};

describe('events are compatible', () => {
  it('when nothing or only more is in them', () => {
    expect(incompatibilities(document(), document())).toEqual([]);
    const more = document((customer, messages) => {
      customer.properties.nickname = { type: 'string' };
      customer.required.push('nickname');
      messages['dev.tenantry.customer.praised.v1'] = { payload: {}, headers: {} };
    });
    expect(incompatibilities(document(), more)).toEqual([]);
  });

  it.each<[string, (customer: Payload, messages: Record<string, unknown>) => void, string]>([
    ['an event', (_, messages) => delete messages['dev.tenantry.customer.merged.v1'], 'dev.tenantry.customer.merged.v1 is gone'],
    ['a field', (customer) => delete customer.properties.name, 'dev.tenantry.customer.created.v1.customer.name is gone'],
    ['a promise', (customer) => customer.required.splice(0, 1), 'dev.tenantry.customer.created.v1.customer.id may be absent now'],
    [
      'a type',
      (customer) => {
        customer.properties.version = { type: 'string' };
      },
      'dev.tenantry.customer.created.v1.customer.version has another type',
    ],
    [
      'a value',
      (customer) => {
        customer.properties.status = { ...customer.properties.status, enum: [] };
      },
      'dev.tenantry.customer.created.v1.customer.status has lost a value',
    ],
  ])('not when %s was taken away', (_, change, problem) => {
    expect(incompatibilities(document(), document(change))).toContain(problem);
  });
});
