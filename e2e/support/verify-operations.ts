import { createHash } from 'node:crypto';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { bucketEye } from './bucket-eye.ts';
import { rowsOf } from './cell-eye.ts';
import { holds } from './holds.ts';
import type { TestTenant } from './test-tenant.ts';

interface EndedOperation {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly result: { readonly key: string; readonly bytes: number; readonly sha256: string } | null;
}

/** I6: every operation ends, and one that made a file and succeeded has exactly one object in the bucket, whole. Returns how many succeeded. */
export async function everyOperationEnds({ name, tenantId }: TestTenant): Promise<number> {
  const ended = await eventually(
    async () => {
      const rows = await rowsOf<EndedOperation>(name, 'select id, kind, status, result from {schema}.operations');
      const open = rows.filter(({ status }) => status === 'queued' || status === 'running');
      holds(`I6: operations of ${name} that have not ended`, open, []);
      return rows;
    },
    { limitMs: 60_000, everyMs: 250 },
  );
  const files = ended.filter(({ kind, status }) => status === 'succeeded' && kind !== 'import');
  if (files.length === 0) return 0;
  using bucket = await bucketEye();
  for (const { id, kind, result } of files) {
    const prefix = `t/${tenantId}/${kind}s/${id}/`;
    holds(`I6: objects of ${kind} ${id} of ${name}`, await bucket.keys(prefix), [result?.key]);
    const content = await bucket.read(result?.key ?? '');
    const found = { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    holds(`I6: the object of ${kind} ${id} of ${name}`, found, { bytes: result?.bytes, sha256: result?.sha256 });
  }
  return files.length;
}
