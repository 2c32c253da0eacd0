import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeFolders } from '../kubernetes/kube-folders.ts';
import { identityOf, isAlive, type ProcessIdentity } from '../process.ts';

/** What a process looks like to us. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly arguments: readonly string[];
  readonly cgroups: string;
}

/**
 * Ends what is left of our pods: the shims of *our* containerd (they carry its socket), everything below them, and processes that lie in
 * a cgroup of one of our containers although their shim is gone. Nothing of another containerd or kubelet.
 */
export async function endPodProcesses(folders: KubeFolders): Promise<void> {
  const containers = await containerIds(folders);
  const identities: ProcessIdentity[] = [];
  for (const pid of podProcesses(await processRows(), folders.containerdSocket, containers)) {
    const identity = await identityOf(pid).catch(() => undefined);
    if (identity) identities.push(identity);
  }
  for (const { pid } of identities) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  const anyAlive = async (): Promise<boolean> => (await Promise.all(identities.map(isAlive))).some(Boolean);
  for (let attempt = 0; attempt < 100 && (await anyAlive()); attempt += 1) await sleep(50);
}

/** Ids containerd gave to our containers and sandboxes: folders of its state. */
export async function containerIds(folders: KubeFolders): Promise<string[]> {
  return await readdir(taskFolder(folders)).catch(() => []);
}

export function taskFolder(folders: KubeFolders): string {
  return join(folders.containerdState, 'io.containerd.runtime.v2.task', 'k8s.io');
}

/** Pure: the pids that are ours, shims first so that none is left to report an end. */
export function podProcesses(rows: readonly ProcessRow[], socket: string, containers: readonly string[]): number[] {
  const isShim = ({ arguments: args }: ProcessRow): boolean =>
    (args[0] ?? '').includes('containerd-shim') && args[args.indexOf('-address') + 1] === socket;
  const inContainer = ({ cgroups }: ProcessRow): boolean => containers.some((id) => cgroups.includes(`/${id}`));
  const found = new Set(rows.filter(isShim).map((row) => row.pid));
  for (const row of rows) if (inContainer(row)) found.add(row.pid);
  for (let grown = true; grown; ) {
    grown = false;
    for (const row of rows) {
      if (found.has(row.pid) || !found.has(row.parent)) continue;
      found.add(row.pid);
      grown = true;
    }
  }
  return [...found];
}

async function processRows(): Promise<ProcessRow[]> {
  const rows: ProcessRow[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const read = (name: string): Promise<string> => readFile(join('/proc', entry, name), 'utf8').catch(() => '');
    const [stat, commandLine, cgroups] = await Promise.all([read('stat'), read('cmdline'), read('cgroup')]);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    rows.push({ pid: Number(entry), parent, arguments: commandLine.split('\0'), cgroups });
  }
  return rows;
}
