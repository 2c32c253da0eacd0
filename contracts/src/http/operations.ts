import { createTransfer, getTransfer } from './account-transfers.ts';
import { accountHistory, createAccount, getAccount, listAccounts, listCustomerAccounts, updateAccount } from './accounts.ts';
import { getArchive, listArchivedRows, listArchives } from './archives.ts';
import { listAudit } from './audit.ts';
import { listAuditTrail } from './audit-trail.ts';
import { getCustomerAttributesSchema, putCustomerAttributesSchema } from './customer-attributes.ts';
import { batchCustomers } from './customer-batch.ts';
import {
  addCustomerTags,
  getCustomerByExternalId,
  listTags,
  putCustomerByExternalId,
  removeCustomerTags,
  replaceCustomer,
  restoreCustomer,
} from './customer-life.ts';
import { listCustomers } from './customer-list.ts';
import { deleteCustomerPayload, getCustomerProfile, putCustomerPayload } from './customer-profile.ts';
import { createCustomer, customerHistory, deleteCustomer, getCustomer, updateCustomer } from './customers.ts';
import { cohortFigures, dailyFigures } from './daily-figures.ts';
import { customerDuplicates, dismissDuplicate, listDuplicates } from './duplicates.ts';
import { deleteEventSchema, getEventSchema, listEventSchemas, putEventSchema } from './event-schemas.ts';
import { listEvents, publishEvent, streamEvents } from './events.ts';
import { cancelOperation, getOperation, listOperations, streamOperation } from './long-operations.ts';
import { createMachineClient, deleteMachineClient, listMachineClients, rotateMachineClient } from './machine-clients.ts';
import { me } from './me.ts';
import { getMerge, mergeCustomer, undoMerge } from './merges.ts';
import {
  createReportSchedule,
  deleteReportSchedule,
  getReportSchedule,
  listReportSchedules,
  updateReportSchedule,
} from './report-schedules.ts';
import { createReport, getReport, listReports, reportCatalogue } from './reports.ts';
import { getTenant, getUsage } from './tenant.ts';
import { accountStatement, getTransaction, listAccountTransactions, postTransaction, reverseTransaction } from './transactions.ts';
import { createExport, createImport, importErrors, streamExport } from './transfers.ts';
import { getUser, inviteUser, listUsers, remindUser, removeUser, updateUser } from './users.ts';
import { createView, deleteView, getView, listViews, updateView } from './views.ts';
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookDelivery,
  getWebhookEndpoint,
  listWebhookDeliveries,
  listWebhookEndpoints,
  recoverWebhookEndpoint,
  replayWebhookDelivery,
  rotateWebhookSecret,
  testWebhookEndpoint,
  updateWebhookEndpoint,
} from './webhooks.ts';

/** Every operation of the tenant API. The server, OpenAPI, the client and the access test read this list. */
export const operations = {
  // Before every `/v1/customers/{id}/…`: a route is the first that fits.
  getCustomerByExternalId,
  putCustomerByExternalId,
  createCustomer,
  listCustomers,
  getCustomer,
  updateCustomer,
  replaceCustomer,
  deleteCustomer,
  restoreCustomer,
  customerHistory,
  getCustomerProfile,
  putCustomerPayload,
  deleteCustomerPayload,
  batchCustomers,
  addCustomerTags,
  removeCustomerTags,
  listTags,
  getCustomerAttributesSchema,
  putCustomerAttributesSchema,
  customerDuplicates,
  listDuplicates,
  dismissDuplicate,
  mergeCustomer,
  getMerge,
  undoMerge,
  listAudit,
  listAuditTrail,
  listArchives,
  getArchive,
  listArchivedRows,
  listEvents,
  publishEvent,
  streamEvents,
  listEventSchemas,
  getEventSchema,
  putEventSchema,
  deleteEventSchema,
  createAccount,
  listAccounts,
  listCustomerAccounts,
  getAccount,
  updateAccount,
  accountHistory,
  postTransaction,
  listAccountTransactions,
  getTransaction,
  reverseTransaction,
  accountStatement,
  createTransfer,
  getTransfer,
  createImport,
  importErrors,
  createExport,
  streamExport,
  // Before `/v1/reports/{id}`: a route is the first that fits.
  reportCatalogue,
  dailyFigures,
  cohortFigures,
  createReport,
  listReports,
  getReport,
  createReportSchedule,
  listReportSchedules,
  getReportSchedule,
  updateReportSchedule,
  deleteReportSchedule,
  listOperations,
  getOperation,
  streamOperation,
  cancelOperation,
  getTenant,
  getUsage,
  me,
  listUsers,
  inviteUser,
  getUser,
  remindUser,
  updateUser,
  removeUser,
  listMachineClients,
  createMachineClient,
  rotateMachineClient,
  deleteMachineClient,
  listViews,
  createView,
  getView,
  updateView,
  deleteView,
  createWebhookEndpoint,
  listWebhookEndpoints,
  getWebhookEndpoint,
  updateWebhookEndpoint,
  deleteWebhookEndpoint,
  rotateWebhookSecret,
  testWebhookEndpoint,
  recoverWebhookEndpoint,
  listWebhookDeliveries,
  getWebhookDelivery,
  replayWebhookDelivery,
} as const;

export type Operations = typeof operations;
export type OperationId = keyof Operations;
