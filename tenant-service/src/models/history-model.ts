import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of `history`: one version of an aggregate, who made it and when. Append-only. */
export interface HistoryRow {
  aggregate: string;
  aggregateId: string;
  version: number;
  changedAt: Date;
  actor: string;
  traceId: string | null;
  change: string;
  before: object | null;
  after: object | null;
}

export type HistoryModel = ModelStatic<Model<HistoryRow> & HistoryRow>;

export function defineHistory(sequelize: Sequelize): HistoryModel {
  return sequelize.define<Model<HistoryRow> & HistoryRow>(
    'HistoryEntry',
    {
      aggregate: { type: DataTypes.TEXT, allowNull: false },
      aggregateId: { type: DataTypes.UUID, primaryKey: true, field: 'aggregate_id' },
      version: { type: DataTypes.INTEGER, primaryKey: true },
      changedAt: { type: DataTypes.DATE(3), allowNull: false, field: 'changed_at' },
      actor: { type: DataTypes.TEXT, allowNull: false },
      traceId: { type: DataTypes.TEXT, field: 'trace_id' },
      change: { type: DataTypes.TEXT, allowNull: false },
      before: DataTypes.JSONB,
      after: DataTypes.JSONB,
    },
    { tableName: 'history', timestamps: false },
  );
}
