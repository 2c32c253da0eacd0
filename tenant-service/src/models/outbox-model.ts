import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of the cell's outbox. Tenants may only insert, and read nothing back: pass `returning: false`. */
export interface OutboxRow {
  id: string;
  type: string;
  aggregate: string;
  aggregateId: string;
  version: number;
  occurredAt: Date;
  traceparent: string | null;
  data: object;
}

export type OutboxModel = ModelStatic<Model<OutboxRow> & OutboxRow>;

/** `writer` is missing on purpose: the database fills in who is connected, and the relay trusts nothing else. */
export function defineOutbox(sequelize: Sequelize): OutboxModel {
  return sequelize.define<Model<OutboxRow> & OutboxRow>(
    'OutboxEvent',
    {
      id: { type: DataTypes.UUID, allowNull: false },
      type: { type: DataTypes.TEXT, allowNull: false },
      aggregate: { type: DataTypes.TEXT, allowNull: false },
      aggregateId: { type: DataTypes.UUID, primaryKey: true, field: 'aggregate_id' },
      version: { type: DataTypes.INTEGER, primaryKey: true },
      occurredAt: { type: DataTypes.DATE(3), allowNull: false, field: 'occurred_at' },
      traceparent: DataTypes.TEXT,
      data: { type: DataTypes.JSONB, allowNull: false },
    },
    { schema: 'tenantry', tableName: 'outbox', timestamps: false },
  );
}
