import { z } from 'zod';
import { Customer, CustomerId } from '../http/customers.ts';

/** `data` of each customer event. A reader must ignore properties it does not know: they are only ever added. */
export const customerEvents = {
  'dev.tenantry.customer.created.v1': z.object({ customer: Customer }),
  'dev.tenantry.customer.updated.v1': z.object({
    customer: Customer,
    changed: z.array(z.string()).meta({ description: 'Names of the fields whose value is another than before.' }),
  }),
  'dev.tenantry.customer.deleted.v1': z.object({
    id: CustomerId,
    version: z.int().min(1),
    mergedInto: CustomerId.optional().meta({ description: 'The customer that took this one in, when that is why it is gone.' }),
  }),
  'dev.tenantry.customer.restored.v1': z.object({ customer: Customer }),
  'dev.tenantry.customer.merged.v1': z.object({
    customer: Customer,
    changed: z.array(z.string()).meta({ description: 'Names of the fields whose value is another than before.' }),
    mergeId: z.uuid(),
    from: CustomerId.meta({ description: 'The customer that was merged into this one; `customer.deleted.v1` tells of it as well.' }),
  }),
  'dev.tenantry.customer.unmerged.v1': z.object({
    customer: Customer,
    changed: z.array(z.string()).meta({ description: 'Names of the fields whose value is another than before.' }),
    mergeId: z.uuid(),
    from: CustomerId.meta({ description: 'The customer that is itself again; `customer.restored.v1` tells of it as well.' }),
  }),
} as const;

export type CustomerEventType = keyof typeof customerEvents;
