import { z } from 'zod';
import { CustomerId } from '../http/customers.ts';

const fields = {
  customerId: CustomerId,
  source: z.string().meta({ description: 'Which integration it comes from.' }),
  version: z.int().min(1),
};

/**
 * `data` of events of what integrations add to customers' profiles: that there is something else now, not what, which is for who may read it. The subject
 * is `payloads/<id>`, one for each customer and source. A reader must ignore properties it does not know: they are only ever added.
 */
export const payloadEvents = {
  'dev.tenantry.payload.stored.v1': z.object(fields),
  'dev.tenantry.payload.removed.v1': z.object(fields),
} as const;
