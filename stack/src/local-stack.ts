import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CATALOGUE, withNeeds } from './catalogue.ts';
import { writeEndpoints } from './endpoints.ts';
import { waitForLock } from './lock.ts';
import { claimMachine, releaseMachine } from './machine-lock.ts';
import { nodeAddress } from './node-address.ts';
import type { Part, PartContext } from './part.ts';
import { makeFolders, type Paths, stackPaths } from './paths.ts';
import { findProcess } from './process.ts';
import { bringDown, bringUp, type PartOutcome, type SupervisorOptions } from './supervisor.ts';

/** Where this checkout's stack is. The voice is added by whoever runs parts. */
export function stackContext(paths: Paths = stackPaths()): Omit<PartContext, 'progress'> {
  return { paths, nodeAddress: nodeAddress() };
}

export interface UpOptions extends Partial<Omit<SupervisorOptions, 'context'>> {
  /** Told when another command of this checkout is at work and we wait for it. */
  readonly onWait?: (text: string) => void;
}

/**
 * Starts the named parts and what they need, or finds them running. They outlive this process.
 * @throws when another checkout's stack has the machine; a part that fails is in the outcomes instead.
 */
export async function upParts(names: readonly string[], options: UpOptions = {}): Promise<PartOutcome[]> {
  const context = stackContext();
  const parts = withNeeds(names);
  await makeFolders(context.paths);
  await claimMachine(context.paths);
  await using _turn = await commandTurn(context.paths, `up ${names.join(' ')}`, options);
  await claimMachine(context.paths); // Again: the command we waited for may have given the machine back.
  await writeEndpoints(context);
  return await bringUp(parts, {
    context,
    report: options.report ?? (() => {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

/** Stops the named parts and those that need them; all of them without names. Data stays. */
export async function downParts(names: readonly string[], options: UpOptions = {}): Promise<Part[]> {
  const context = stackContext();
  await makeFolders(context.paths);
  await using _turn = await commandTurn(context.paths, `down ${names.join(' ')}`, options);
  const parts = names.length === 0 ? [...CATALOGUE] : withDependents(names);
  await bringDown(
    withNeeds(parts.map((part) => part.name)).filter((part) => parts.includes(part)),
    {
      context,
      report: options.report ?? (() => {}),
    },
  );
  if (!(await anythingRuns(context.paths))) await releaseMachine(context.paths);
  return parts;
}

/** Removes run state: data, keys, secrets, logs. The cache stays. @throws while something runs. */
export async function removeRunState(paths: Paths): Promise<void> {
  if (await anythingRuns(paths)) throw new Error('parts still run; stop them first');
  for (const name of await readdir(paths.run).catch(() => [])) await rm(join(paths.run, name), { recursive: true, force: true });
}

/** Every part that can run here: without root, those that need it, directly or not, are left out. */
export function runnableParts(isRoot: boolean = process.getuid?.() === 0, catalogue: readonly Part[] = CATALOGUE): Part[] {
  return catalogue.filter((part) => isRoot || withNeeds([part.name], catalogue).every((need) => !need.needsRoot));
}

/** Parts that stop when these do: themselves and whatever needs them, directly or not. */
export function withDependents(names: readonly string[], catalogue: readonly Part[] = CATALOGUE): Part[] {
  withNeeds(names, catalogue); // Names the known parts when one is unknown.
  return catalogue.filter((part) => withNeeds([part.name], catalogue).some((need) => names.includes(need.name)));
}

async function anythingRuns(paths: Paths): Promise<boolean> {
  for (const part of CATALOGUE) for (const name of part.processes) if (await findProcess(paths, name)) return true;
  return false;
}

/** One command at a time: two `up` at once would start everything twice. */
async function commandTurn(paths: Paths, purpose: string, options: UpOptions): Promise<AsyncDisposable> {
  return await waitForLock(join(paths.run, 'command.lock'), purpose, (holder) =>
    options.onWait?.(`waiting for process ${holder.pid} (${holder.purpose.trim()}, since ${holder.since})`),
  );
}
