import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { ChangedMigration, MigrationFailed } from './migration-errors.ts';
import { type MigrationFile, type MigrationKind, migrationFiles } from './migration-files.ts';
import { type Epoch, epochSql, FencedError, fencedOr } from './operator-epoch.ts';

export interface MigrationOptions {
  /** The leader's epoch (claimEpoch): every migration is fenced by it. Without it nothing is fenced (tests, repair by hand). */
  readonly epoch?: Epoch;
  /** Folder with `cell/` and `tenant/`; default {@link migrationsDirectory}. */
  readonly directory?: string;
  /** Go no further than this version; default the newest. */
  readonly until?: number;
  /** How long to wait for another migrator of the same schema. */
  readonly lockTimeoutMs?: number;
}

export interface MigrationResult {
  readonly from: number;
  readonly to: number;
  /** Names of the migrations this call ran, in order. */
  readonly applied: readonly string[];
}

/** One schema and how its migrations are run. */
export interface MigrationTarget {
  readonly kind: MigrationKind;
  readonly schema: string;
  /** SQL before each migration, inside its transaction: which role and search_path it runs with. */
  readonly prologue: string;
  /** What `:"name"` in the files stands for; quoted on the way in. */
  readonly names: Readonly<Record<string, string>>;
}

interface AppliedRow {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/**
 * Brings one schema to the newest version: one lock, then one flight (transaction, migration, record) for each pending file. Killed
 * anywhere, the schema is at a whole version and the next run goes on. A version newer than this build is left alone: an older operator
 * may run beside a newer schema. `client` must be outside a transaction.
 * @throws ChangedMigration · MigrationFailed · FencedError
 */
export async function runMigrations(client: ClientBase, target: MigrationTarget, options: MigrationOptions = {}): Promise<MigrationResult> {
  const { until = Number.POSITIVE_INFINITY } = options;
  const files = migrationFiles(target.kind, options.directory).filter(({ version }) => version <= until);
  await lock(client, target, options.lockTimeoutMs ?? 60_000);
  try {
    const rows = await appliedRows(client, target);
    refuseChangedFiles(target, files, rows);
    return await runPending(client, target, files, rows, options);
  } finally {
    // A connection that is gone has let go of its locks; the error that took it is the one to tell.
    await client.query(`select pg_advisory_unlock(${lockKey(target)})`).catch(() => {});
  }
}

async function lock(client: ClientBase, target: MigrationTarget, timeoutMs: number): Promise<void> {
  try {
    await client.query(`begin; set local lock_timeout = ${Math.ceil(timeoutMs)}; select pg_advisory_lock(${lockKey(target)}); commit;`);
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw new MigrationFailed(target.schema, undefined, 'another migrator holds the schema’s lock, or the server refused it', error);
  }
}

function lockKey(target: MigrationTarget): string {
  return `hashtextextended(${escapeLiteral(`tenantry.migrate:${target.schema}`)}, 0)`;
}

async function appliedRows(client: ClientBase, target: MigrationTarget): Promise<AppliedRow[]> {
  // Before the first migration of a cell there is no table to look into.
  if (target.kind === 'cell') {
    const found = await client.query<{ exists: boolean }>(`select to_regclass('tenantry.schema_versions') is not null as exists`);
    if (found.rows[0]?.exists !== true) return [];
  }
  const result = await client.query<{ version: number; name: string; checksum: string }>(
    'select version, name, checksum from tenantry.schema_versions where schema_name = $1 order by version',
    [target.schema],
  );
  return result.rows;
}

function refuseChangedFiles(target: MigrationTarget, files: readonly MigrationFile[], rows: readonly AppliedRow[]): void {
  const newest = rows.at(-1)?.version ?? 0;
  for (const file of files.filter(({ version }) => version <= newest)) {
    const row = rows.find(({ version }) => version === file.version);
    if (row === undefined) {
      throw new ChangedMigration(
        target.schema,
        file.name,
        `version ${file.version} was never applied, though ${newest} is: give it the next free number`,
      );
    }
    if (row.checksum !== file.checksum) {
      const was = row.name === file.name ? 'with another text' : `as ${row.name}`;
      throw new ChangedMigration(
        target.schema,
        file.name,
        `version ${file.version} was applied ${was}: restore the file and add a new migration`,
      );
    }
  }
}

async function runPending(
  client: ClientBase,
  target: MigrationTarget,
  files: readonly MigrationFile[],
  rows: readonly AppliedRow[],
  options: MigrationOptions,
): Promise<MigrationResult> {
  const applied: string[] = [];
  const isApplied = ({ version }: MigrationFile): boolean => rows.some((row) => row.version === version);
  if (!files.every(isApplied)) {
    const { runInOrder } = await import('./run-in-order.ts');
    await runInOrder(files, isApplied, async (file) => {
      await fly(client, target, file, options);
      applied.push(file.name);
    });
  }
  const from = rows.at(-1)?.version ?? 0;
  return { from, to: Math.max(from, files.length), applied };
}

async function fly(client: ClientBase, target: MigrationTarget, file: MigrationFile, options: MigrationOptions): Promise<void> {
  const record = [escapeLiteral(target.schema), file.version, escapeLiteral(file.name), escapeLiteral(file.checksum)].join(', ');
  // Five seconds: a change that waits longer for a table's lock would make every request of the tenant wait behind it.
  const flight = `begin;
set local lock_timeout = '5s';
${options.epoch === undefined ? '' : epochSql(options.epoch)}
${target.prologue}
${fillIn(file, target)}
reset role;
insert into tenantry.schema_versions (schema_name, version, name, checksum) values (${record});
commit;`;
  try {
    await client.query(flight);
  } catch (error) {
    await client.query('rollback').catch(() => {});
    const reason = fencedOr(error);
    if (reason instanceof FencedError) throw reason;
    throw new MigrationFailed(target.schema, file.name, error instanceof Error ? error.message : String(error), error);
  }
}

/** psql's notation for a quoted identifier, so that a file can be tried by hand with `psql -v name=…`. */
function fillIn(file: MigrationFile, target: MigrationTarget): string {
  return file.sql.replaceAll(/(?<!:):"(\w+)"/g, (_, name: string) => {
    const value = target.names[name];
    if (value === undefined)
      throw new MigrationFailed(target.schema, file.name, `:"${name}" stands for nothing; known: ${Object.keys(target.names).join(', ')}`);
    return escapeIdentifier(value);
  });
}
