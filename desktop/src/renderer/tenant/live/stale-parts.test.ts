import { expect, it } from 'vitest';
import { staleParts } from './stale-parts.ts';

it.each([
  ['a customer was changed', 'dev.tenantry.customer.updated.v1', 'customers/c1', {}, ['duplicates', 'audit', 'customer/c1']],
  ['another system said something of it', 'dev.tenantry.payload.stored.v1', 'payloads/p1', { customerId: 'c1' }, ['customer/c1']],
  ['something was booked', 'dev.tenantry.transaction.posted.v1', 'accounts/a1', {}, ['accounts', 'audit']],
  ['an endpoint was switched off', 'dev.tenantry.webhook.disabled.v1', 'webhooks/w1', {}, ['webhooks/endpoints', 'audit']],
  ['the tenant told of something of its own', 'com.example.order.placed', 'orders/o1', {}, []],
])('when %s, that and no more is read again', (_, type, subject, data, expected) => {
  expect(staleParts({ type, subject, data })).toEqual(expected);
});
