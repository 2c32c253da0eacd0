import type { operations } from '@tenantry/contracts';
import type { FeatureParts } from './feature-parts.ts';
import { accountHandlers } from './features/accounts/account-handlers.ts';
import { customerAttributesHandlers } from './features/customers/customer-attributes-handlers.ts';
import { customerBatchHandlers } from './features/customers/customer-batch-handlers.ts';
import { customerHandlers } from './features/customers/customer-handlers.ts';
import { customerLifeHandlers } from './features/customers/customer-life-handlers.ts';
import { customerQueryCheck } from './features/customers/customer-list.ts';
import { eventHandlers } from './features/events/event-handlers.ts';
import { machineClientHandlers } from './features/machine-clients/machine-client-handlers.ts';
import { meHandlers } from './features/me/me-handlers.ts';
import { figureHandlers } from './features/reports/figure-handlers.ts';
import { reportHandlers } from './features/reports/report-handlers.ts';
import { tenantHandlers } from './features/tenant/tenant-handlers.ts';
import { transactionHandlers } from './features/transactions/transaction-handlers.ts';
import { transferHandlers } from './features/transfers/transfer-handlers.ts';
import { userHandlers } from './features/users/user-handlers.ts';
import { viewHandlers } from './features/views/view-handlers.ts';
import { webhookHandlers } from './features/webhooks/webhook-handlers.ts';
import type { Handlers } from './http/handlers.ts';
import { lateHandlers } from './http/late-handlers.ts';

/** One handler per operation: a missing one does not compile. */
export function featureHandlers(parts: FeatureParts): Handlers<keyof typeof operations> {
  return {
    ...customerHandlers(parts),
    ...lateHandlers(['customerDuplicates', 'listDuplicates', 'dismissDuplicate'], async () => {
      const { duplicateHandlers } = await import('./features/customers/duplicates/duplicate-handlers.ts');
      return duplicateHandlers({ ...parts, modelDoor: await parts.heavy.modelDoor.get() });
    }),
    ...lateHandlers(['mergeCustomer', 'getMerge', 'undoMerge'], async () => {
      const { mergeHandlers } = await import('./features/customers/merging/merge-handlers.ts');
      return mergeHandlers(await withModels(parts));
    }),
    ...lateHandlers(['listAudit'], async () => {
      const { auditHandlers } = await import('./features/audit/audit-handlers.ts');
      return auditHandlers({ ...parts, modelDoor: await parts.heavy.modelDoor.get() });
    }),
    ...lateHandlers(['listArchives', 'getArchive', 'listArchivedRows'], async () =>
      (await import('./features/archives/archive-handlers.ts')).archiveHandlers(parts),
    ),
    ...lateHandlers(['listAuditTrail'], async () => (await import('./features/audit/audit-trail-handlers.ts')).auditTrailHandlers(parts)),
    ...lateHandlers(['getCustomerProfile', 'putCustomerPayload', 'deleteCustomerPayload'], async () =>
      (await import('./features/customers/profiles/profile-handlers.ts')).profileHandlers(parts),
    ),
    ...eventHandlers(parts),
    ...tenantHandlers(parts),
    ...accountHandlers(parts),
    ...transactionHandlers(parts),
    ...customerLifeHandlers(parts),
    ...customerBatchHandlers(parts),
    ...customerAttributesHandlers(parts),
    ...transferHandlers(parts),
    ...reportHandlers(parts),
    ...figureHandlers(parts),
    ...lateHandlers(
      ['createReportSchedule', 'listReportSchedules', 'getReportSchedule', 'updateReportSchedule', 'deleteReportSchedule'],
      async () => (await import('./features/reports/schedule-handlers.ts')).scheduleHandlers(parts),
    ),
    ...meHandlers(),
    ...userHandlers(parts),
    ...machineClientHandlers(parts),
    ...webhookHandlers(parts),
    ...viewHandlers({ ...parts, queries: { customers: customerQueryCheck(parts.attributeSchemas) } }),
  };
}

const withModels = async (parts: FeatureParts) => ({ ...parts, modelDoor: await parts.modelDoor.get() });
