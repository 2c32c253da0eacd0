import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrationsDirectory } from './migrations-directory.ts';

/** Whose migrations: those of a cell's schema `tenantry`, or those of every tenant's schema. */
export type MigrationKind = 'cell' | 'tenant';

/** One migration: `0001-customers.sql` is version 1. */
export interface MigrationFile {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text with LF line ends: a checkout with CRLF is the same migration. */
  readonly checksum: string;
}

/**
 * All migrations of a kind, oldest first.
 * @throws Error for a file name that is no migration, a version used twice or left out, or a missing header comment.
 */
export function migrationFiles(kind: MigrationKind, directory = migrationsDirectory()): MigrationFile[] {
  const folder = join(directory, kind);
  return readdirSync(folder)
    .sort()
    .map((fileName, index) => {
      const version = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(fileName)?.[1]);
      if (Number.isNaN(version)) throw new Error(`${folder}/${fileName}: a migration is named like 0007-accounts.sql`);
      if (version !== index + 1) throw new Error(`${folder}/${fileName}: the next version is ${index + 1}; versions have no gaps or twins`);
      const sql = readFileSync(join(folder, fileName), 'utf8').replaceAll('\r\n', '\n');
      if (!sql.startsWith('-- ')) throw new Error(`${folder}/${fileName}: begins with a comment that says what it is for`);
      return { version, name: fileName.replace(/\.sql$/, ''), sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/** The version this build brings schemas to. */
export function latestVersion(kind: MigrationKind, directory?: string): number {
  return migrationFiles(kind, directory).length;
}
