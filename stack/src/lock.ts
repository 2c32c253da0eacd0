import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { identityOf, isAlive } from './process.ts';

const Holder = z.object({
  pid: z.number(),
  startTicks: z.string(),
  bootId: z.string(),
  /** What for, in words a message can use. */
  purpose: z.string(),
  since: z.string(),
});

export type LockHolder = z.infer<typeof Holder>;

/** A lock that is held; `await using` releases it. */
export interface HeldLock extends AsyncDisposable {
  readonly release: () => Promise<void>;
}

/**
 * Takes a lock file for this process, or says who has it. A dead holder's lock is taken over.
 * The file is made by link(2), which fails when it exists, so of two who try at once one wins.
 */
export async function tryLock(file: string, purpose: string): Promise<HeldLock | LockHolder> {
  await mkdir(dirname(file), { recursive: true });
  const mine: LockHolder = { ...(await identityOf(process.pid)), purpose, since: new Date().toISOString() };
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, JSON.stringify(mine), { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      if (await linked(draft, file)) return heldLock(file, mine);
      const holder = await readHolder(file);
      if (holder && (await isAlive(holder))) return holder;
      if (holder) await removeStale(file, holder);
      else await sleep(20);
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new Error(`the lock ${file} cannot be read or taken; remove the file if nothing of Tenantry runs`);
}

/** Takes the lock, waiting for its holder; `onWait` is told once whom we wait for. */
export async function waitForLock(file: string, purpose: string, onWait: (holder: LockHolder) => void): Promise<HeldLock> {
  let told = false;
  for (;;) {
    const result = await tryLock(file, purpose);
    if ('release' in result) return result;
    if (!told) onWait(result);
    told = true;
    await sleep(250);
  }
}

function heldLock(file: string, mine: LockHolder): HeldLock {
  const release = async (): Promise<void> => {
    const holder = await readHolder(file);
    if (holder?.pid === mine.pid && holder.startTicks === mine.startTicks && holder.since === mine.since) await rm(file, { force: true });
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** Renamed before it is judged again: of two who both saw the dead holder, only one gets the file, and a live lock is put back. */
async function removeStale(file: string, seen: LockHolder): Promise<void> {
  const aside = `${file}.stale.${process.pid}.${randomBytes(4).toString('hex')}`;
  await rename(file, aside).catch(() => {});
  const moved = await readHolder(aside);
  if (moved && (moved.pid !== seen.pid || moved.startTicks !== seen.startTicks)) await linked(aside, file);
  await rm(aside, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
