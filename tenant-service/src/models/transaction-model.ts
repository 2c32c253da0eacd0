import type { Transaction } from '@tenantry/contracts';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of `transactions`. Append-only. */
export interface TransactionRow {
  id: string;
  accountId: string;
  accountVersion: number;
  kind: Transaction['kind'];
  amountMinor: string;
  currency: string;
  balanceAfterMinor: string;
  bookedAt: Date;
  createdAt: Date;
  reference: string | null;
  description: string | null;
  transferId: string | null;
  reverses: string | null;
  /** The one that took it back, when it was asked for. */
  reversal?: { id: string } | null;
}

type Columns = Omit<TransactionRow, 'reversal'>;
export type TransactionModel = ModelStatic<Model<Columns> & TransactionRow>;

export function defineTransaction(sequelize: Sequelize): TransactionModel {
  return sequelize.define<Model<Columns> & TransactionRow>(
    'Transaction',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      accountId: { type: DataTypes.UUID, allowNull: false, field: 'account_id' },
      accountVersion: { type: DataTypes.INTEGER, allowNull: false, field: 'account_version' },
      kind: { type: DataTypes.TEXT, allowNull: false },
      amountMinor: { type: DataTypes.BIGINT, allowNull: false, field: 'amount_minor' },
      currency: { type: DataTypes.TEXT, allowNull: false },
      balanceAfterMinor: { type: DataTypes.BIGINT, allowNull: false, field: 'balance_after_minor' },
      bookedAt: { type: DataTypes.DATE(3), allowNull: false, field: 'booked_at' },
      createdAt: { type: DataTypes.DATE(3), allowNull: false, field: 'created_at' },
      reference: DataTypes.TEXT,
      description: DataTypes.TEXT,
      transferId: { type: DataTypes.UUID, field: 'transfer_id' },
      reverses: { type: DataTypes.UUID, field: 'reverses_id' },
    },
    { tableName: 'transactions', timestamps: false },
  );
}

/** The transaction as every answer shows it; of a row read with its `reversal`. */
export function toTransaction(row: TransactionRow): Transaction {
  return {
    id: row.id,
    accountId: row.accountId,
    accountVersion: row.accountVersion,
    kind: row.kind,
    amountMinor: row.amountMinor,
    currency: row.currency,
    balanceAfterMinor: row.balanceAfterMinor,
    bookedAt: row.bookedAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    reference: row.reference,
    description: row.description,
    transferId: row.transferId,
    reverses: row.reverses,
    reversedBy: row.reversal?.id ?? null,
  };
}
