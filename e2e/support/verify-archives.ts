import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { ArchiveKind } from '@tenantry/contracts';
import { bucketEye } from './bucket-eye.ts';
import { rowsOf } from './cell-eye.ts';
import { holds } from './holds.ts';
import type { TestTenant } from './test-tenant.ts';

interface ArchiveRow {
  readonly id: string;
  readonly kind: ArchiveKind;
  readonly key: string;
  readonly rows: number;
  readonly bytes: string;
  readonly sha256: string;
}

/** What left the tables for files, as the files tell it. */
export interface Archived {
  /** A change of one thing. */
  readonly history: readonly {
    readonly aggregate: string;
    readonly aggregateId: string;
    readonly version: number;
    readonly change: string;
  }[];
  readonly transactions: readonly {
    readonly id: string;
    readonly accountId: string;
    readonly accountVersion: number;
    readonly amountMinor: string;
  }[];
}

/** I6: every archive is one whole file with a manifest, and what has left the tables is in it. */
export async function everyArchiveIsWhole({ name, tenantId }: TestTenant): Promise<Archived> {
  const archives = await rowsOf<ArchiveRow>(
    name,
    `select id, kind, object_key as key, row_count as rows, bytes::text, sha256 from {schema}.archives where state = 'removed' order by id`,
  );
  const lines: Record<ArchiveKind, unknown[]> = { 'webhook-deliveries': [], history: [], transactions: [] };
  if (archives.length === 0) return lines as unknown as Archived;
  using bucket = await bucketEye();
  for (const { id, kind, key, rows, bytes, sha256 } of archives) {
    const content = await bucket.read(key);
    const found = gunzipSync(content).toString().trimEnd().split('\n');
    const facts = { rows: found.length, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    holds(`I6: the file of archive ${id} of ${name}`, facts, { rows, bytes: Number(bytes), sha256 });
    const place = `archives/${tenantId}/${kind}/${id}`;
    holds(`I6: files of archive ${id} of ${name}`, (await bucket.keys(place)).toSorted(), [`${place}.manifest.json`, key].toSorted());
    lines[kind].push(...found.map((line) => JSON.parse(line) as unknown));
  }
  return lines as unknown as Archived;
}
