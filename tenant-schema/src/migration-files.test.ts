import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { latestVersion, migrationFiles } from './migration-files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tenantry-migrations-'));
  mkdirSync(join(directory, 'tenant'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(directory, 'tenant', name), sql);
}

describe('migrationFiles', () => {
  it('reads ours, oldest first', () => {
    expect(migrationFiles('cell').map(({ version, name }) => [version, name])).toEqual([
      [1, '0001-bookkeeping'],
      [2, '0002-extensions'],
      [3, '0003-registry'],
      [4, '0004-outbox'],
      [5, '0005-tombstones'],
      [6, '0006-identity'],
      [7, '0007-backups'],
      [8, '0008-rotation'],
      [9, '0009-webhooks'],
      [10, '0010-dead-events'],
      [11, '0011-topic-moves'],
      [12, '0012-tenant-lifecycle'],
      [13, '0013-lifecycle-versions'],
      [14, '0014-staff-access'],
    ]);
    expect(latestVersion('tenant')).toBe(migrationFiles('tenant').length);
  });

  it('gives equal checksums to equal texts, whatever the line ends', () => {
    write({ '0001-a.sql': '-- A.\nselect 1;\n' });
    const before = migrationFiles('tenant', directory)[0]?.checksum;
    write({ '0001-a.sql': '-- A.\r\nselect 1;\r\n' });
    expect(migrationFiles('tenant', directory)[0]?.checksum).toBe(before);
    write({ '0001-a.sql': '-- A.\nselect 2;\n' });
    expect(migrationFiles('tenant', directory)[0]?.checksum).not.toBe(before);
  });

  it.each([
    ['a file that is no migration', { '0001-a.sql': '-- A.\n', 'readme.txt': '' }, 'a migration is named like'],
    ['capitals and underscores', { '0001_Add.sql': '-- A.\n' }, 'a migration is named like'],
    ['a gap', { '0001-a.sql': '-- A.\n', '0003-c.sql': '-- C.\n' }, 'the next version is 2'],
    ['twins, as two branches make them', { '0001-a.sql': '-- A.\n', '0001-b.sql': '-- B.\n' }, 'the next version is 2'],
    ['a missing header comment', { '0001-a.sql': 'select 1;\n' }, 'begins with a comment'],
  ])('refuses %s', (_, files, message) => {
    write(files);
    expect(() => migrationFiles('tenant', directory)).toThrow(message);
  });
});
