import type { Customer } from '@tenantry/contracts';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of `customers`. The names are those of the API. */
export interface CustomerRow {
  id: string;
  externalId: string | null;
  name: string;
  email: string | null;
  phone: string | null;
  status: Customer['status'];
  segment: string | null;
  tags: string[];
  attributes: Customer['attributes'];
  version: number;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
  /** The customer that took this one in, while it is merged away. */
  mergedInto: string | null;
  /** Accounts that are not closed; who opens, closes or moves one counts here. */
  openAccounts: number;
  /** The attributes the tenant's schema marks as indexable; null when there are none. */
  indexed: object | null;
}

export type CustomerModel = ModelStatic<Model<CustomerRow> & CustomerRow>;

/** Versions and times come from the caller: the answer is known before the row is written (design D7). */
export function defineCustomer(sequelize: Sequelize): CustomerModel {
  return sequelize.define<Model<CustomerRow> & CustomerRow>(
    'Customer',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      externalId: { type: DataTypes.TEXT, field: 'external_id' },
      name: { type: DataTypes.TEXT, allowNull: false },
      email: DataTypes.TEXT,
      phone: DataTypes.TEXT,
      status: { type: DataTypes.TEXT, allowNull: false },
      segment: DataTypes.TEXT,
      tags: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false },
      attributes: { type: DataTypes.JSONB, allowNull: false },
      version: { type: DataTypes.INTEGER, allowNull: false },
      createdAt: { type: DataTypes.DATE(3), allowNull: false, field: 'created_at' },
      updatedAt: { type: DataTypes.DATE(3), allowNull: false, field: 'updated_at' },
      deletedAt: { type: DataTypes.DATE(3), field: 'deleted_at' },
      mergedInto: { type: DataTypes.UUID, field: 'merged_into' },
      openAccounts: { type: DataTypes.INTEGER, allowNull: false, field: 'open_accounts' },
      indexed: DataTypes.JSONB,
    },
    { tableName: 'customers', timestamps: false },
  );
}

/** The customer as every answer shows it, properties in the order of the contract. */
export function toCustomer(row: CustomerRow): Customer {
  const { id, externalId, name, email, phone, status, segment, tags, attributes, version, createdAt, updatedAt } = row;
  return {
    id,
    externalId,
    name,
    email,
    phone,
    status,
    segment,
    tags,
    attributes,
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
