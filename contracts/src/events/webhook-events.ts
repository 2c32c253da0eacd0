import { z } from 'zod';

/** An endpoint as events tell of it: without its secret. */
const Endpoint = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string(),
    types: z.array(z.string()),
    ordered: z.boolean(),
    status: z.enum(['enabled', 'disabled']),
    version: z.int().min(1),
  })
  .meta({ id: 'WebhookEndpointState' });

const changed = z
  .array(z.string())
  .meta({ description: 'Names of the fields whose value is another than before; `secret` when it was rotated.' });

/** `data` of webhook events. A reader must ignore properties it does not know: they are only ever added. */
export const webhookEvents = {
  'dev.tenantry.webhook.created.v1': z.object({ endpoint: Endpoint }),
  'dev.tenantry.webhook.updated.v1': z.object({ endpoint: Endpoint, changed }).meta({ description: 'Also when an admin switched it off.' }),
  'dev.tenantry.webhook.enabled.v1': z.object({ endpoint: Endpoint, changed }),
  'dev.tenantry.webhook.deleted.v1': z.object({ endpointId: z.uuid(), version: z.int().min(1) }),
  'dev.tenantry.webhook.disabled.v1': z.object({
    endpointId: z.uuid(),
    url: z.string(),
    description: z.string(),
    reason: z.enum(['gone', 'failing']).meta({ description: '`gone`: it answered 410. `failing`: nothing got through for five days.' }),
  }),
} as const;
