import { parseArgs } from 'node:util';
import { cellLogins } from '@tenantry/contracts';
import { BackupDamaged } from './backup/backup-manifest.ts';
import { RestoreRefused, restoreTenant } from './backup/restore-tenant.ts';
import type { Config } from './config.ts';
import { Effects } from './effects.ts';
import { FencedPool } from './postgres/fenced-pool.ts';
import { PgBackupRecords } from './postgres/pg-backup-records.ts';
import { PgRegistry } from './postgres/pg-registry.ts';
import { BucketAway } from './s3/port.ts';
import { S3Bucket } from './s3/s3-bucket.ts';
import { uuidV7 } from './tenant/uuid-v7.ts';

const USAGE = `node main.mjs restore LOCATION --into TENANT
  LOCATION  s3://bucket/backups/TENANT_ID/BACKUP_ID/, as the event BackedUp and tenantry.backups name it
  TENANT    a suspended tenant of this cell; what it has now stays under another name
`;

/** Composition root of the command `restore`: one backup into one tenant, then the end. Returns the exit code. */
export async function runRestore(config: Config, words: readonly string[], stop: AbortSignal): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const wish = wishOf(words);
  if (wish === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { cell, secrets } = config;
  if (cell.s3 === undefined || secrets.s3 === undefined) {
    process.stderr.write(`cell ${cell.name} has no bucket: set s3 in cells.json\n`);
    return 1;
  }
  const effects = new Effects({ assertLeading: () => {} });
  const bucket = new S3Bucket({ place: cell.s3, login: secrets.s3, effects });
  const pool = new FencedPool({
    ...cell.postgres,
    user: cellLogins(cell.name).operator,
    password: secrets.postgresPassword,
    ca: config.ca,
    connections: 2,
    // A name of its own: the operator goes on, and a second restore fences the first.
    operatorName: 'restore',
    holder: `restore-${process.pid}`,
    effects,
  });
  try {
    await pool.lead(cell.name);
    const parts = { cell: cell.name, bucket, registry: new PgRegistry(pool), records: new PgBackupRecords(pool), pool, effects, tell: say };
    const { replaced } = await restoreTenant(parts, { ...wish, restoreId: uuidV7(), signal: stop });
    const before =
      replaced === undefined
        ? 'It had no schema any more.'
        : `What it had before is in schema ${replaced}; it goes with the tenant, or when you drop it.`;
    say(`${wish.slug} has the backup’s data. ${before}`);
    say(`Now resume it: set spec.lifecycle.state of ${wish.slug} to Active. The operator gives the rights back.`);
    return 0;
  } catch (error) {
    if (!(error instanceof RestoreRefused || error instanceof BackupDamaged || error instanceof BucketAway)) throw error;
    process.stderr.write(`${error.message}\nNothing of ${wish.slug} was changed.\n`);
    return 1;
  } finally {
    await Promise.allSettled([pool.close(), bucket.close()]);
  }
}

function wishOf(words: readonly string[]): { readonly location: string; readonly slug: string } | undefined {
  try {
    const { positionals, values } = parseArgs({ args: [...words], options: { into: { type: 'string' } }, allowPositionals: true });
    const [location, ...more] = positionals;
    return location === undefined || more.length > 0 || values.into === undefined ? undefined : { location, slug: values.into };
  } catch {
    return undefined;
  }
}
