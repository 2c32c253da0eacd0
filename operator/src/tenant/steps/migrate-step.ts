import { MigrationFailed } from '@tenantry/tenant-schema';
import { ApplyFailed, converge } from '../converge.ts';
import { driftItem } from '../plans/drift-item.ts';
import type { Step } from '../step.ts';

/**
 * What passes by itself, by SQLSTATE: no connection, no room, a server that stops, locks of others. And 42501: a backend that reads a long list of
 * memberships while one is added may keep the old list until the next is, and then refuses the owner role it was just given.
 */
const PASSING = /^(08|40|53|57|55P03$|42501$|E)/;

/** Brings the schema to the version this build knows. A failed migration is rolled back and needs a person, unless what failed it passes by itself. */
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
          differences: () => [
            driftItem(`postgres/schema/${schema}`, 'version', String(database.latestVersion), String(seen.schemaVersion ?? 'unknown')),
          ],
          done: () => `Schema ${schema} is at version ${seen.schemaVersion}.`,
        },
      );
      // A newer build migrates; that is no repair of anything.
      return outcome.kind === 'done' ? { kind: 'done', message: outcome.message } : outcome;
    } catch (error) {
      if (error instanceof MigrationFailed && passesByItself(error.cause)) throw new ApplyFailed(error.message, { cause: error });
      if (error instanceof MigrationFailed) return { kind: 'blocked', reason: 'MigrationFailed', message: `${error.message}.` };
      throw error;
    }
  },
};

function passesByItself(cause: unknown): boolean {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  // Without one of PostgreSQL's five characters it is about the connection; a file of ours that is wrong has no cause at all.
  return cause !== undefined && (typeof code !== 'string' || code.length !== 5 || PASSING.test(code));
}
