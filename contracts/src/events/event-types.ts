import { accountEvents } from './account-events.ts';
import { customerEvents } from './customer-events.ts';
import { operationEvents } from './operation-events.ts';
import { payloadEvents } from './payload-events.ts';
import { tenantEvents } from './tenant-events.ts';
import { transactionEvents } from './transaction-events.ts';
import { userEvents } from './user-events.ts';
import { webhookEvents } from './webhook-events.ts';

/** Every event there is: type → schema of its `data`. Types are append-only. */
export const eventTypes = {
  ...customerEvents,
  ...accountEvents,
  ...transactionEvents,
  ...payloadEvents,
  ...userEvents,
  ...operationEvents,
  ...webhookEvents,
  ...tenantEvents,
} as const;
