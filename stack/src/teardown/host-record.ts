import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Paths } from '../paths.ts';
import { runCommand } from '../run-command.ts';

const Record = z.object({
  bootId: z.string(),
  sysctls: z.record(z.string(), z.string()),
  /** As `<family> <name>`. */
  nftTables: z.array(z.string()),
  /** `kubepods` folders, one per cgroup hierarchy. */
  cgroups: z.array(z.string()),
  /** Folders outside `.run/` that containerd and kubelet make whatever they are told. */
  folders: z.array(z.string()),
});

/** What the host was like before a node of ours touched it. What is in here is not ours to remove. */
export type HostRecord = z.infer<typeof Record>;

/** Machine-wide settings the node changes, with the value it gives them. */
export const NODE_SYSCTLS: Readonly<Record<string, string>> = {
  'vm.overcommit_memory': '1', // kubelet
  'kernel.panic': '10', // kubelet
  'kernel.panic_on_oops': '1', // kubelet
  'net.ipv4.ip_forward': '1', // the bridge plugin
};

export const DEVICE_PLUGINS = '/var/lib/kubelet/device-plugins';

/** Folders outside `.run/` with fixed names; removed when they were not there before and are empty. */
export const FIXED_FOLDERS = [
  DEVICE_PLUGINS,
  '/var/lib/kubelet',
  '/var/lib/cni/results',
  '/var/lib/cni',
  '/var/log/containers',
  '/run/containerd/runc/k8s.io',
  '/run/containerd/runc',
  '/run/containerd/s',
  '/run/containerd',
] as const;

/** Looks at the host and remembers it, unless a record of this boot is there: after a crash the first look is the true one. */
export async function saveHostRecord(paths: Paths): Promise<void> {
  if (await readHostRecord(paths)) return;
  const sysctls: Record<string, string> = {};
  for (const name of Object.keys(NODE_SYSCTLS)) sysctls[name] = await readSysctl(name);
  const record: HostRecord = {
    bootId: await bootId(),
    sysctls,
    nftTables: await listNftTables(),
    cgroups: await kubepodsCgroups(),
    folders: (await Promise.all(FIXED_FOLDERS.map(async (folder) => ((await exists(folder)) ? [folder] : [])))).flat(),
  };
  await writeFile(recordFile(paths), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
}

/** The record of this boot, or nothing: a reboot has undone what the node did. */
export async function readHostRecord(paths: Paths): Promise<HostRecord | undefined> {
  const text = await readFile(recordFile(paths), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const record = Record.parse(JSON.parse(text));
    return record.bootId === (await bootId()) ? record : undefined;
  } catch {
    return undefined;
  }
}

export async function dropHostRecord(paths: Paths): Promise<void> {
  await rm(recordFile(paths), { force: true });
}

/** As `<family> <name>`; empty when the machine has no nft. */
export async function listNftTables(): Promise<string[]> {
  const output = await runCommand('nft', ['list', 'tables']).catch(() => '');
  return output
    .split('\n')
    .map((line) => line.trim().replace(/^table /, ''))
    .filter((line) => line !== '');
}

/** Every `kubepods` there is: one with cgroup v2, one per hierarchy with v1. */
export async function kubepodsCgroups(): Promise<string[]> {
  const root = '/sys/fs/cgroup';
  const hierarchies = (await readdir(root, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isDirectory());
  const candidates = [join(root, 'kubepods'), ...hierarchies.map((entry) => join(root, entry.name, 'kubepods'))];
  return (await Promise.all(candidates.map(async (folder) => ((await exists(folder)) ? [folder] : [])))).flat();
}

/** True when a process lies in a `kubepods` that no node of ours made: another kubelet's pod, which ours would take for an orphan and kill. */
export async function strangersHavePods(paths: Paths): Promise<boolean> {
  const theirs = (await readHostRecord(paths))?.cgroups ?? (await kubepodsCgroups());
  for (const root of theirs) {
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries.filter(({ name }) => name === 'cgroup.procs')) {
      if ((await readFile(join(entry.parentPath, entry.name), 'utf8').catch(() => '')).trim() !== '') return true;
    }
  }
  return false;
}

export async function readSysctl(name: string): Promise<string> {
  return (await readFile(sysctlFile(name), 'utf8')).trim();
}

export async function writeSysctl(name: string, value: string): Promise<void> {
  await writeFile(sysctlFile(name), value);
}

function sysctlFile(name: string): string {
  return join('/proc/sys', name.replaceAll('.', '/'));
}

function recordFile(paths: Paths): string {
  return join(paths.run, 'host-before.json');
}

async function exists(folder: string): Promise<boolean> {
  return await readdir(folder).then(
    () => true,
    () => false,
  );
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
