import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { complaintAbout, type Disturbance, disturbanceBetween, type Sample } from './guard.ts';
import { allProcesses, kernelThreads, machineTicks, podProcesses, TICKS_PER_SECOND, treeTicks } from './proc.ts';

/** Who is asked about: a name for the table → roots of process trees. */
export type Watched = Readonly<Record<string, readonly number[]>>;

/** What a turn cost. */
export interface Observed {
  readonly seconds: number;
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly disturbance: Disturbance;
  readonly complaint: string | undefined;
}

/**
 * Runs `work` and says how much CPU each of the watched trees used meanwhile, and whether anybody else disturbed. `alsoOurs` are trees that
 * belong to the measurement without being asked about: the load client, this process.
 */
export async function observe<T>(
  options: { readonly watched: Watched; readonly alsoOurs: readonly number[]; readonly pidsFolder: string },
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly observed: Observed }> {
  const { watched, alsoOurs, pidsFolder } = options;
  const roots = [...Object.values(watched).flat(), ...alsoOurs];
  const look = (): Sample & { readonly each: Readonly<Record<string, number>> } => {
    const atMs = performance.now();
    const machine = machineTicks();
    const processes = allProcesses();
    const ours = treeTicks(roots, processes);
    const everything = treeTicks([...roots, ...platformRoots(pidsFolder)], processes);
    const each = Object.fromEntries(Object.entries(watched).map(([name, pids]) => [name, treeTicks(pids, processes)]));
    return { atMs, machine, ours, platform: everything - ours, each };
  };
  const before = look();
  const result = await work();
  const after = look();
  const disturbance = disturbanceBetween(before, after);
  const cpuMs = Object.fromEntries(
    Object.keys(watched).map((name) => [name, (((after.each[name] ?? 0) - (before.each[name] ?? 0)) / TICKS_PER_SECOND) * 1000]),
  );
  return { result, observed: { seconds: (after.atMs - before.atMs) / 1000, cpuMs, disturbance, complaint: complaintAbout(disturbance) } };
}

/** How long a moment without others is looked at, and how long one is waited for. */
const CALM_MS = { look: 2000, patience: 60_000 };

/** Resolves when nobody else uses the machine much, or patience has run out. */
export async function awaitCalm(options: Parameters<typeof observe>[0]): Promise<void> {
  const deadline = performance.now() + CALM_MS.patience;
  while (performance.now() < deadline) {
    const { observed } = await observe(options, () => pause(CALM_MS.look));
    if (observed.complaint === undefined) return;
  }
}

/** Servers the stack started, everything in pods, and the kernel. */
function platformRoots(pidsFolder: string): number[] {
  const servers = readdirSync(pidsFolder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => (JSON.parse(readFileSync(join(pidsFolder, file), 'utf8')) as { pid: number }).pid);
  return [...servers, ...podProcesses(), ...kernelThreads()];
}
