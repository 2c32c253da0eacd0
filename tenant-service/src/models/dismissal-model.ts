import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of `duplicate_dismissals`: two customers that are not the same. The smaller id first. */
export interface DismissalRow {
  lowId: string;
  highId: string;
  dismissedAt: Date;
  dismissedBy: string;
}

export type DismissalModel = ModelStatic<Model<DismissalRow> & DismissalRow>;

export function defineDismissal(sequelize: Sequelize): DismissalModel {
  return sequelize.define<Model<DismissalRow> & DismissalRow>(
    'DuplicateDismissal',
    {
      lowId: { type: DataTypes.UUID, primaryKey: true, field: 'low_id' },
      highId: { type: DataTypes.UUID, primaryKey: true, field: 'high_id' },
      dismissedAt: { type: DataTypes.DATE(3), allowNull: false, field: 'dismissed_at' },
      dismissedBy: { type: DataTypes.TEXT, allowNull: false, field: 'dismissed_by' },
    },
    { tableName: 'duplicate_dismissals', timestamps: false },
  );
}
