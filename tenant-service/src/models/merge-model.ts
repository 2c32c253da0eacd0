import type { Customer } from '@tenantry/contracts';
import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of `merges`: two customers made one, and what is needed to undo it. */
export interface MergeRow {
  id: string;
  survivorId: string;
  mergedId: string;
  survivorBefore: Customer;
  survivorAfter: Customer;
  mergedBefore: Customer;
  /** Not `changed`: that is a method of every model. */
  changedFields: string[];
  accounts: string[];
  mergedAt: Date;
  mergedBy: string;
  undoneAt: Date | null;
  undoneBy: string | null;
}

export type MergeModel = ModelStatic<Model<MergeRow> & MergeRow>;

export function defineMerge(sequelize: Sequelize): MergeModel {
  return sequelize.define<Model<MergeRow> & MergeRow>(
    'Merge',
    {
      id: { type: DataTypes.UUID, primaryKey: true },
      survivorId: { type: DataTypes.UUID, allowNull: false, field: 'survivor_id' },
      mergedId: { type: DataTypes.UUID, allowNull: false, field: 'merged_id' },
      survivorBefore: { type: DataTypes.JSONB, allowNull: false, field: 'survivor_before' },
      survivorAfter: { type: DataTypes.JSONB, allowNull: false, field: 'survivor_after' },
      mergedBefore: { type: DataTypes.JSONB, allowNull: false, field: 'merged_before' },
      changedFields: { type: DataTypes.ARRAY(DataTypes.TEXT), allowNull: false, field: 'changed' },
      accounts: { type: DataTypes.ARRAY(DataTypes.UUID), allowNull: false },
      mergedAt: { type: DataTypes.DATE(3), allowNull: false, field: 'merged_at' },
      mergedBy: { type: DataTypes.TEXT, allowNull: false, field: 'merged_by' },
      undoneAt: { type: DataTypes.DATE(3), field: 'undone_at' },
      undoneBy: { type: DataTypes.TEXT, field: 'undone_by' },
    },
    { tableName: 'merges', timestamps: false },
  );
}
