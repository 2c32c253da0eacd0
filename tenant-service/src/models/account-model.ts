import type { Account } from '@tenantry/contracts';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of `accounts`. Money is text: JavaScript's numbers end before PostgreSQL's bigint does. */
export interface AccountRow {
  id: string;
  customerId: string;
  number: string;
  name: string | null;
  type: Account['type'];
  currency: string;
  status: Account['status'];
  overdraftLimitMinor: string;
  balanceMinor: string;
  version: number;
  settingsVersion: number;
  createdAt: Date;
  updatedAt: Date;
}

export type AccountModel = ModelStatic<Model<AccountRow> & AccountRow>;

export function defineAccount(sequelize: Sequelize): AccountModel {
  return sequelize.define<Model<AccountRow> & AccountRow>(
    'Account',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      customerId: { type: DataTypes.UUID, allowNull: false, field: 'customer_id' },
      number: { type: DataTypes.TEXT, allowNull: false },
      name: DataTypes.TEXT,
      type: { type: DataTypes.TEXT, allowNull: false },
      currency: { type: DataTypes.TEXT, allowNull: false },
      status: { type: DataTypes.TEXT, allowNull: false },
      overdraftLimitMinor: { type: DataTypes.BIGINT, allowNull: false, field: 'overdraft_limit_minor' },
      balanceMinor: { type: DataTypes.BIGINT, allowNull: false, field: 'balance_minor' },
      version: { type: DataTypes.INTEGER, allowNull: false },
      settingsVersion: { type: DataTypes.INTEGER, allowNull: false, field: 'settings_version' },
      createdAt: { type: DataTypes.DATE(3), allowNull: false, field: 'created_at' },
      updatedAt: { type: DataTypes.DATE(3), allowNull: false, field: 'updated_at' },
    },
    { tableName: 'accounts', timestamps: false },
  );
}

/** The account as every answer shows it, properties in the order of the contract. */
export function toAccount(row: AccountRow): Account {
  const { id, customerId, number, name, type, currency, status, overdraftLimitMinor, balanceMinor, version, createdAt, updatedAt } = row;
  return {
    id,
    customerId,
    number,
    name,
    type,
    currency,
    status,
    overdraftLimitMinor,
    balanceMinor,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
