import { Umzug } from 'umzug';
import { MigrationFailed } from './migration-errors.ts';
import type { MigrationFile } from './migration-files.ts';
import { FencedError } from './operator-epoch.ts';

/**
 * Runs the files that are not applied yet, in order, by umzug. A part of its own: umzug comes with a command line of several megabytes in memory,
 * and a process whose schemas are at their newest version has no use for it.
 */
export async function runInOrder(
  files: readonly MigrationFile[],
  isApplied: (file: MigrationFile) => boolean,
  run: (file: MigrationFile) => Promise<void>,
): Promise<void> {
  const umzug = new Umzug({
    migrations: files.map((file) => ({ name: file.name, up: () => run(file) })),
    storage: {
      executed: async () => files.filter(isApplied).map(({ name }) => name),
      // The record is part of the migration's own transaction; a second write could be lost between the two.
      logMigration: async () => {},
      unlogMigration: async () => {
        throw new Error('migrations are not undone; write a new one');
      },
    },
    logger: undefined,
  });
  try {
    await umzug.up();
  } catch (error) {
    // umzug wraps what a migration threw.
    throw error instanceof Error && (error.cause instanceof MigrationFailed || error.cause instanceof FencedError) ? error.cause : error;
  }
}
