import { createTransfer, getTransfer } from './account-transfers.ts';
import { accountHistory, createAccount, getAccount, listAccounts, listCustomerAccounts, updateAccount } from './accounts.ts';
import { listAudit } from './audit.ts';
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
import { createCustomer, customerHistory, deleteCustomer, getCustomer, updateCustomer } from './customers.ts';
import { customerDuplicates, dismissDuplicate, listDuplicates } from './duplicates.ts';
import { cancelOperation, getOperation, listOperations } from './long-operations.ts';
import { createMachineClient, deleteMachineClient, listMachineClients, rotateMachineClient } from './machine-clients.ts';
import { me } from './me.ts';
import { getMerge, mergeCustomer, undoMerge } from './merges.ts';
import { getTenant, getUsage } from './tenant.ts';
import { accountStatement, getTransaction, listAccountTransactions, postTransaction, reverseTransaction } from './transactions.ts';
import { createExport, createImport, importErrors, streamExport } from './transfers.ts';
import { getUser, inviteUser, listUsers, remindUser, removeUser, updateUser } from './users.ts';
import { createView, deleteView, getView, listViews, updateView } from './views.ts';

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
  listOperations,
  getOperation,
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
} as const;

export type Operations = typeof operations;
export type OperationId = keyof Operations;
