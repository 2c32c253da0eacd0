import type { Sequelize } from 'sequelize';
import { type CustomerModel, defineCustomer } from './customer-model.ts';
import { type DismissalModel, defineDismissal } from './dismissal-model.ts';
import { defineHistory, type HistoryModel } from './history-model.ts';
import { defineMerge, type MergeModel } from './merge-model.ts';
import { defineOutbox, type OutboxModel } from './outbox-model.ts';

/**
 * The tables of a tenant as Sequelize models (design D7). Table names carry no schema: the model door's transaction decides whose they are,
 * and outside of one they name nothing.
 */
export interface TenantModels {
  readonly customers: CustomerModel;
  readonly history: HistoryModel;
  readonly outbox: OutboxModel;
  readonly merges: MergeModel;
  readonly dismissals: DismissalModel;
}

/** Once per Sequelize, so once per process. */
export function defineTenantModels(sequelize: Sequelize): TenantModels {
  const models: TenantModels = {
    customers: defineCustomer(sequelize),
    history: defineHistory(sequelize),
    outbox: defineOutbox(sequelize),
    merges: defineMerge(sequelize),
    dismissals: defineDismissal(sequelize),
  };
  models.customers.hasMany(models.history, { foreignKey: 'aggregateId', constraints: false, as: 'versions' });
  models.merges.belongsTo(models.customers, { foreignKey: 'survivorId', as: 'survivor' });
  models.merges.belongsTo(models.customers, { foreignKey: 'mergedId', as: 'merged' });
  return models;
}
