import { z } from 'zod';
import { Customer, CustomerId } from '../http/customers.ts';

/** `data` of each customer event. A reader must ignore properties it does not know: they are only ever added. */
export const customerEvents = {
  'dev.tenantry.customer.created.v1': z.object({ customer: Customer }),
  'dev.tenantry.customer.updated.v1': z.object({
    customer: Customer,
    changed: z.array(z.string()).meta({ description: 'Names of the fields whose value is another than before.' }),
  }),
  'dev.tenantry.customer.deleted.v1': z.object({ id: CustomerId, version: z.int().min(1) }),
} as const;

export type CustomerEventType = keyof typeof customerEvents;
