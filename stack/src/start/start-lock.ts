import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HeldLock, type LockHolder, tryLock } from '../lock.ts';
import type { Paths } from '../paths.ts';
import { isAlive } from '../process.ts';

/** Held by `npm start` as long as it runs in the foreground. @throws naming the one that runs already. */
export async function takeStartLock(paths: Paths): Promise<HeldLock> {
  const lock = await tryLock(lockFile(paths), 'npm start');
  if ('release' in lock) return lock;
  throw new Error(
    `npm start runs already in this checkout: process ${lock.pid}, since ${lock.since}. ` +
      'See it with `npm run status`; end it with Ctrl-C there or `npm run stop` here.',
  );
}

/** Asks a foreground `npm start` to stop in order and waits until it has. @returns false when there is none. */
export async function stopForegroundStart(paths: Paths, onWait: (text: string) => void): Promise<boolean> {
  const text = await readFile(lockFile(paths), 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const holder = JSON.parse(text) as LockHolder;
  if (!(await isAlive(holder))) return false;
  onWait(`npm start (process ${holder.pid}) is asked to stop in order`);
  process.kill(holder.pid, 'SIGTERM');
  while (await isAlive(holder)) await sleep(200);
  return true;
}

function lockFile(paths: Paths): string {
  return join(paths.run, 'start.lock');
}
