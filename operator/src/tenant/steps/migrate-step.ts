import { MigrationFailed } from '@tenantry/tenant-schema';
import { converge } from '../converge.ts';
import type { Step } from '../step.ts';

/** Brings the schema to the version this build knows. A failed migration is rolled back and needs a person. */
export const migrateStep: Step = {
  name: 'migrate',
  condition: 'SchemaMigrated',
  run: async ({ ports: { database }, names: { schema, ownerRole }, seen, reportOnly }) => {
    try {
      const outcome = await converge<string>(
        { reportOnly },
        {
          look: async () => {
            const version = await database.version(schema);
            seen.schemaVersion = version;
            // A newer version was made by a newer operator: migrations only add, so this build can serve it.
            return { changes: version < database.latestVersion ? [`version ${database.latestVersion}`] : [] };
          },
          apply: () => database.migrate(schema, ownerRole),
          describe: (version) => `schema ${schema} at ${version}`,
          done: () => `Schema ${schema} is at version ${seen.schemaVersion}.`,
        },
      );
      // A newer build migrates; that is no repair of anything.
      return outcome.kind === 'done' ? { kind: 'done', message: outcome.message } : outcome;
    } catch (error) {
      if (error instanceof MigrationFailed) return { kind: 'blocked', reason: 'MigrationFailed', message: `${error.message}.` };
      throw error;
    }
  },
};
