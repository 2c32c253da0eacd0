import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Paths } from '../paths.ts';

const StartRecord = z.object({
  /** When the data of this run folder began. */
  since: z.string(),
  /** When the last start became complete. */
  last: z.string(),
  /** Sample tenants made so far: one that a person deleted is not made again. */
  tenants: z.array(z.string()),
});

/** What earlier starts of this run folder did. */
export type StartRecord = z.infer<typeof StartRecord>;

/** Nothing before the first complete start, and after a reset. */
export async function readStartRecord(paths: Paths): Promise<StartRecord | undefined> {
  const text = await readFile(file(paths), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : StartRecord.safeParse(JSON.parse(text)).data;
}

/** Called once a start is complete. */
export async function recordStart(paths: Paths, tenants: readonly string[]): Promise<void> {
  const before = await readStartRecord(paths);
  const now = new Date().toISOString();
  const known = new Set([...(before?.tenants ?? []), ...tenants]);
  const record: StartRecord = { since: before?.since ?? now, last: now, tenants: [...known] };
  await writeFile(`${file(paths)}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file(paths)}.new`, file(paths));
}

function file(paths: Paths): string {
  return join(paths.run, 'started.json');
}
