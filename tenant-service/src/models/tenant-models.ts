import type { Sequelize } from 'sequelize';
import { type AccountModel, defineAccount } from './account-model.ts';
import { type CustomerModel, defineCustomer } from './customer-model.ts';
import { type DismissalModel, defineDismissal } from './dismissal-model.ts';
import { defineHistory, type HistoryModel } from './history-model.ts';
import { defineMerge, type MergeModel } from './merge-model.ts';
import { defineOutbox, type OutboxModel } from './outbox-model.ts';
import { defineTransaction, type TransactionModel } from './transaction-model.ts';

/**
 * The tables of a tenant as Sequelize models (design D7). Table names carry no schema: the model door's transaction decides whose they are,
 * and outside of one they name nothing.
 */
export interface TenantModels {
  readonly customers: CustomerModel;
  readonly accounts: AccountModel;
  readonly transactions: TransactionModel;
  readonly history: HistoryModel;
  readonly outbox: OutboxModel;
  readonly merges: MergeModel;
  readonly dismissals: DismissalModel;
}

/** Once per Sequelize, so once per process. */
export function defineTenantModels(sequelize: Sequelize): TenantModels {
  const models: TenantModels = {
    customers: defineCustomer(sequelize),
    accounts: defineAccount(sequelize),
    transactions: defineTransaction(sequelize),
    history: defineHistory(sequelize),
    outbox: defineOutbox(sequelize),
    merges: defineMerge(sequelize),
    dismissals: defineDismissal(sequelize),
  };
  const { customers, accounts, transactions, history, merges } = models;
  customers.hasMany(accounts, { foreignKey: 'customerId', as: 'accounts' });
  accounts.belongsTo(customers, { foreignKey: 'customerId', as: 'customer' });
  accounts.hasMany(transactions, { foreignKey: 'accountId', as: 'transactions' });
  transactions.belongsTo(accounts, { foreignKey: 'accountId', as: 'account' });
  transactions.hasOne(transactions, { foreignKey: 'reverses', as: 'reversal' });
  // History is of anything that has an id: no foreign key leads there.
  customers.hasMany(history, { foreignKey: 'aggregateId', constraints: false, as: 'versions' });
  accounts.hasMany(history, { foreignKey: 'aggregateId', constraints: false, as: 'versions' });
  merges.belongsTo(customers, { foreignKey: 'survivorId', as: 'survivor' });
  merges.belongsTo(customers, { foreignKey: 'mergedId', as: 'merged' });
  return models;
}
