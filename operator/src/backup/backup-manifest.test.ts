import { expect, it } from 'vitest';
import { BackupDamaged, type BackupManifest, parseManifest } from './backup-manifest.ts';
import { requireSameMigrations } from './scratch-schema.ts';

const SHA = 'a'.repeat(64);
const manifest: BackupManifest = {
  format: 'tenantry-backup/1',
  backupId: '01900000-0000-7000-8000-000000000001',
  purpose: 'Final',
  tenantId: '01900000-0000-7000-8000-000000000002',
  slug: 'acme',
  cell: 'main',
  createdAt: '2026-01-01T00:00:00.000Z',
  serverVersion: '18.4',
  schemaVersion: 1,
  migrations: [{ version: 1, name: '0001-customers', checksum: SHA }],
  tables: [{ name: 'customers', columns: ['id'], rows: 1, bytes: 9, sha256: SHA, contents: '-7' }],
};

it('reads what it wrote', () => {
  expect(parseManifest(JSON.stringify(manifest), 'here')).toEqual(manifest);
});

it.each([
  ['text that is cut', JSON.stringify(manifest).slice(0, 50), /here is not JSON/],
  ['a format of later', JSON.stringify({ ...manifest, format: 'tenantry-backup/2' }), /format/],
  [
    'a table whose name leads out of its folder',
    JSON.stringify({ ...manifest, tables: [{ ...manifest.tables[0], name: '../x' }] }),
    /tables\.0\.name/,
  ],
  ['a field it does not know', JSON.stringify({ ...manifest, more: 1 }), /more/],
])('refuses %s', (_, text, why) => {
  expect(() => parseManifest(text, 'here')).toThrow(BackupDamaged);
  expect(() => parseManifest(text, 'here')).toThrow(why);
});

it('refuses to restore with other migrations than made the backup: the same version must mean the same tables', () => {
  const file = { version: 1, name: '0001-customers', sql: '', checksum: SHA };
  expect(() => requireSameMigrations(manifest, [file])).not.toThrow();
  expect(() => requireSameMigrations(manifest, [{ ...file, checksum: 'b'.repeat(64) }])).toThrow(/0001-customers/);
  expect(() => requireSameMigrations(manifest, [])).toThrow(BackupDamaged);
});
