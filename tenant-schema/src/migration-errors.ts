/** A migration was refused or could not finish; its transaction was rolled back and its schema is at the version before it. */
export class MigrationFailed extends Error {
  override readonly name: string = 'MigrationFailed';
  readonly schema: string;
  /** File name without `.sql`; undefined when no migration had begun. */
  readonly migration: string | undefined;

  constructor(schema: string, migration: string | undefined, problem: string, cause?: unknown) {
    super(`Migrating ${schema}${migration === undefined ? '' : ` by ${migration}`}: ${problem}`, { cause });
    this.schema = schema;
    this.migration = migration;
  }
}

/** The files of this build are not those the schema was made by. Nothing was run. */
export class ChangedMigration extends MigrationFailed {
  override readonly name: string = 'ChangedMigration';
}
