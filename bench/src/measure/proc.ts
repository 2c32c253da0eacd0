import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of /proc in a second; 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100;

/** Whole machine since boot, in ticks summed over all processors. */
export interface MachineTicks {
  /** In processes and the kernel's threads. Interrupts are left out: they are packets and blocks of whoever sends and writes, and charged to nobody. */
  readonly busy: number;
  /** Time the hypervisor gave to somebody else. */
  readonly steal: number;
  readonly total: number;
}

/** First line of /proc/stat. */
export function parseMachineTicks(stat: string): MachineTicks {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (stat.split('\n')[0] ?? '')
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system;
  return { busy, steal, total: busy + irq + softirq + idle + iowait + steal };
}

export interface ProcessTicks {
  readonly pid: number;
  readonly parent: number;
  /** Its own and those of children it has waited for. */
  readonly ticks: number;
}

/** A line of /proc/<pid>/stat. The name in brackets may hold anything, so fields are counted from the last bracket. */
export function parseProcessTicks(stat: string): ProcessTicks {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0);
  return { pid: Number.parseInt(stat, 10), parent: Number(fields[1]), ticks };
}

/** Every process of the moment; one that ends meanwhile is left out. */
export function allProcesses(): ProcessTicks[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      const stat = readOrEmpty(`/proc/${pid}/stat`);
      return stat === '' ? [] : [parseProcessTicks(stat)];
    });
}

/** CPU ticks of the trees under `roots`: each root, everything below it, and children that were waited for. A process counts once. */
export function treeTicks(roots: readonly number[], processes: readonly ProcessTicks[]): number {
  const byParent = Map.groupBy(processes, ({ parent }) => parent);
  const own = new Map(processes.map((each) => [each.pid, each]));
  const seen = new Set<number>();
  const left = [...roots];
  let ticks = 0;
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    if (seen.has(pid)) continue;
    seen.add(pid);
    ticks += own.get(pid)?.ticks ?? 0;
    left.push(...(byParent.get(pid) ?? []).map((child) => child.pid));
  }
  return ticks;
}

export function machineTicks(): MachineTicks {
  return parseMachineTicks(readFileSync('/proc/stat', 'utf8'));
}

/** Processes inside pods; with `podUid` only those of that pod. */
export function podProcesses(podUid?: string): number[] {
  const mark = podUid ?? '/kubepods';
  return allProcesses()
    .map(({ pid }) => pid)
    .filter((pid) => readOrEmpty(`/proc/${pid}/cgroup`).includes(mark));
}

/**
 * The kernel's own threads, as a tree's root: what they do (write back, journal, reclaim) is for whoever reads and writes, and no process is charged with it.
 * None where they cannot be seen.
 */
export function kernelThreads(): number[] {
  return readOrEmpty('/proc/2/comm').trim() === 'kthreadd' ? [2] : [];
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
