import { CellName, TenantSlug } from '@tenantry/contracts';
import { z } from 'zod';

/** Why a backup is made. */
export const BackupPurpose = z.enum(['Final', 'Scheduled', 'OnDemand']);

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** A name that is a plain word: it becomes part of object keys. */
const PlainName = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);

const BackupTable = z.strictObject({
  name: PlainName,
  /** What was copied, in this order; generated columns are made anew. */
  columns: z.array(z.string().min(1).max(63)).min(1),
  rows: z.int().min(0),
  /** Length of the object as stored. */
  bytes: z.int().min(0),
  /** Of the object as stored. */
  sha256: Sha256,
  /** Of the rows, whatever their order: see `contentsOf`. */
  contents: z.string().regex(/^-?\d+$/),
});

/**
 * `manifest.json` of a backup: written after every table's object, so a backup without it is none. It says all that a restore needs; tables
 * stand in the order they must be loaded in.
 */
export const BackupManifest = z.strictObject({
  format: z.literal('tenantry-backup/1'),
  backupId: z.uuid(),
  purpose: BackupPurpose,
  tenantId: z.uuid(),
  slug: TenantSlug,
  cell: CellName,
  createdAt: z.iso.datetime(),
  /** Of PostgreSQL. */
  serverVersion: z.string().min(1),
  schemaVersion: z.int().min(1),
  /** What made the schema, oldest first. */
  migrations: z.array(z.strictObject({ version: z.int().min(1), name: z.string(), checksum: Sha256 })).min(1),
  tables: z.array(BackupTable),
});

export type BackupPurpose = z.infer<typeof BackupPurpose>;
export type BackupTable = z.infer<typeof BackupTable>;
export type BackupManifest = z.infer<typeof BackupManifest>;

export const MANIFEST = 'manifest.json';

/** Name of a table's object under the backup's prefix: COPY text, gzip. */
export function tableObject({ name }: { readonly name: string }): string {
  return `${name}.copy.gz`;
}

/** A backup that is not what its manifest says, or has none. Nothing was changed by whoever meets it. */
export class BackupDamaged extends Error {
  override readonly name = 'BackupDamaged';
}

/** @throws BackupDamaged for a text that is no manifest of ours. */
export function parseManifest(text: string, where: string): BackupManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new BackupDamaged(`${where} is not JSON`, { cause: error });
  }
  const parsed = BackupManifest.safeParse(json);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new BackupDamaged(`${where} is no manifest of a backup: ${wrong}`);
}
