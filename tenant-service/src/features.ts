import type { operations } from '@tenantry/contracts';
import type { FeatureParts } from './feature-parts.ts';
import { accountHandlers } from './features/accounts/account-handlers.ts';
import { auditHandlers } from './features/audit/audit-handlers.ts';
import { customerAttributesHandlers } from './features/customers/customer-attributes-handlers.ts';
import { customerBatchHandlers } from './features/customers/customer-batch-handlers.ts';
import { customerHandlers } from './features/customers/customer-handlers.ts';
import { customerLifeHandlers } from './features/customers/customer-life-handlers.ts';
import { customerQueryCheck } from './features/customers/customer-list.ts';
import { duplicateHandlers } from './features/customers/duplicates/duplicate-handlers.ts';
import { mergeHandlers } from './features/customers/merging/merge-handlers.ts';
import { machineClientHandlers } from './features/machine-clients/machine-client-handlers.ts';
import { meHandlers } from './features/me/me-handlers.ts';
import { tenantHandlers } from './features/tenant/tenant-handlers.ts';
import { transactionHandlers } from './features/transactions/transaction-handlers.ts';
import { transferHandlers } from './features/transfers/transfer-handlers.ts';
import { userHandlers } from './features/users/user-handlers.ts';
import { viewHandlers } from './features/views/view-handlers.ts';
import type { Handlers } from './http/handlers.ts';

/** One handler per operation: a missing one does not compile. */
export function featureHandlers(parts: FeatureParts): Handlers<keyof typeof operations> {
  return {
    ...customerHandlers(parts),
    ...duplicateHandlers(parts),
    ...mergeHandlers(parts),
    ...auditHandlers(parts),
    ...tenantHandlers(parts),
    ...accountHandlers(parts),
    ...transactionHandlers(parts),
    ...customerLifeHandlers(parts),
    ...customerBatchHandlers(parts),
    ...customerAttributesHandlers(parts),
    ...transferHandlers(parts),
    ...meHandlers(),
    ...userHandlers(parts),
    ...machineClientHandlers(parts),
    ...viewHandlers({ ...parts, queries: { customers: customerQueryCheck(parts.attributeSchemas) } }),
  };
}
