import type { Sequelize } from 'sequelize';
import { type CustomerModel, defineCustomer } from './customer-model.ts';
import { defineHistory, type HistoryModel } from './history-model.ts';
import { defineOutbox, type OutboxModel } from './outbox-model.ts';

/**
 * The tables of a tenant as Sequelize models (design D7). Table names carry no schema: the model door's transaction decides whose they are,
 * and outside of one they name nothing.
 */
export interface TenantModels {
  readonly customers: CustomerModel;
  readonly history: HistoryModel;
  readonly outbox: OutboxModel;
}

/** Once per Sequelize, so once per process. */
export function defineTenantModels(sequelize: Sequelize): TenantModels {
  const models: TenantModels = {
    customers: defineCustomer(sequelize),
    history: defineHistory(sequelize),
    outbox: defineOutbox(sequelize),
  };
  models.customers.hasMany(models.history, { foreignKey: 'aggregateId', constraints: false, as: 'versions' });
  return models;
}
