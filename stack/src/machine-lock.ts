import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { waitForLock } from './lock.ts';
import type { Paths } from './paths.ts';
import { findProcess, identityOf, isAlive, type ProcessIdentity } from './process.ts';

const Claim = z.object({
  pid: z.number(),
  startTicks: z.string(),
  bootId: z.string(),
  /** Run folder of the checkout whose stack this is. */
  run: z.string(),
  since: z.string(),
});

/** Which checkout's stack this machine runs. */
export type MachineClaim = z.infer<typeof Claim>;

/** Per machine, not per user: the ports, the bridge and the cgroups are the machine's. */
const MACHINE_LOCK = join(tmpdir(), 'tenantry-stack.lock');

/**
 * Claims the machine for this checkout. One stack a machine: ports, bridge and cgroups have fixed names. The claim lives as long as the
 * process that made it *or any part of that checkout*, so `up` can return while parts stay; afterwards anyone may take it over.
 * @throws naming pid, checkout and since when another checkout's stack runs.
 */
export async function claimMachine(paths: Paths, lockFile: string = MACHINE_LOCK): Promise<void> {
  await using _turn = await waitForLock(`${lockFile}.turn`, 'claiming the machine', () => {});
  const claim = await readClaim(lockFile);
  if (claim && claim.run !== paths.run && (await isHeld(claim))) {
    throw new Error(
      `another Tenantry stack runs on this machine: process ${claim.pid}, run state ${claim.run}, since ${claim.since}. ` +
        'Its ports and bridge are the same as ours: run `npm run stop` in that checkout first.',
    );
  }
  const mine: MachineClaim = { ...(await identityOf(process.pid)), run: paths.run, since: new Date().toISOString() };
  const draft = `${lockFile}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, JSON.stringify(claim?.run === paths.run ? { ...mine, since: claim.since } : mine), { mode: 0o644 });
  await rm(lockFile, { force: true });
  await link(draft, lockFile);
  await rm(draft);
}

/** Gives the machine back when it is ours. */
export async function releaseMachine(paths: Paths, lockFile: string = MACHINE_LOCK): Promise<void> {
  const claim = await readClaim(lockFile);
  if (claim?.run === paths.run) await rm(lockFile, { force: true });
}

/** The claim on this machine while somebody holds it. */
export async function machineClaim(lockFile: string = MACHINE_LOCK): Promise<MachineClaim | undefined> {
  const claim = await readClaim(lockFile);
  return claim && (await isHeld(claim)) ? claim : undefined;
}

async function isHeld(claim: MachineClaim): Promise<boolean> {
  const identity: ProcessIdentity = claim;
  if (await isAlive(identity)) return true;
  const pids = join(claim.run, 'pids');
  for (const file of await readdir(pids).catch(() => [])) {
    if (file.endsWith('.json') && (await findProcess({ pids } as Paths, file.slice(0, -'.json'.length)))) return true;
  }
  return false;
}

async function readClaim(lockFile: string): Promise<MachineClaim | undefined> {
  try {
    return Claim.parse(JSON.parse(await readFile(lockFile, 'utf8')));
  } catch {
    return undefined;
  }
}
