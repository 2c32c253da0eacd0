import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { POD_BRIDGE } from '../kubernetes/cluster-ranges.ts';
import { BRIDGE } from '../node-address.ts';
import type { Paths } from '../paths.ts';
import { runCommand } from '../run-command.ts';
import {
  DEVICE_PLUGINS,
  dropHostRecord,
  FIXED_FOLDERS,
  type HostRecord,
  kubepodsCgroups,
  listNftTables,
  NODE_SYSCTLS,
  readHostRecord,
  readSysctl,
  writeSysctl,
} from './host-record.ts';

/** Tables kube-proxy and kubelet make. */
const NODE_TABLES = /^(ip|ip6) (kube-proxy|kubelet)$/;

/**
 * Gives the host back what the node changed: links, nft tables, cgroups, settings, empty folders. Only what the record of before does not
 * name, so nothing that was there is touched. Without a record nothing was changed and nothing is done. Call it with no pod left.
 */
export async function restoreHost(paths: Paths): Promise<void> {
  const before = await readHostRecord(paths);
  if (!before) return await dropHostRecord(paths);
  await restoreNode(before);
  await removeBridge(BRIDGE.name, BRIDGE.address);
  await dropHostRecord(paths);
}

/** The same after a crash, before the next start: servers that still run keep the address they listen on, and the record stays. */
export async function restoreHostKeepingAddress(paths: Paths): Promise<void> {
  const before = await readHostRecord(paths);
  if (before) await restoreNode(before);
}

async function restoreNode(before: HostRecord): Promise<void> {
  await removePodLinks();
  await removeTables(before);
  await removeCgroups(before);
  await restoreSysctls(before);
  await removeFolders(before);
}

/** A pod's link usually goes with its network namespace; one that hangs on our pod bridge is ours. */
async function removePodLinks(): Promise<void> {
  const output = await runCommand('ip', ['-json', 'link', 'show', 'master', POD_BRIDGE]).catch(() => '[]');
  const links = (JSON.parse(output.trim() || '[]') as { ifname?: string }[]).flatMap(({ ifname }) => ifname ?? []);
  for (const link of [...links, POD_BRIDGE]) await runCommand('ip', ['link', 'delete', link]).catch(() => {});
}

async function removeTables(before: HostRecord): Promise<void> {
  for (const table of await listNftTables()) {
    if (NODE_TABLES.test(table) && !before.nftTables.includes(table)) await runCommand('nft', ['delete', 'table', ...table.split(' ')]);
  }
}

/** rmdir refuses a cgroup with processes, so a pod of somebody else's is safe even in a folder we made. */
async function removeCgroups(before: HostRecord): Promise<void> {
  for (const root of await kubepodsCgroups()) {
    if (before.cgroups.includes(root)) continue;
    const folders = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    const below = folders.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    for (const folder of [root, ...below].sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => {});
  }
}

/** Only where the node's own value still stands: what somebody set meanwhile is theirs. */
async function restoreSysctls(before: HostRecord): Promise<void> {
  for (const [name, value] of Object.entries(before.sysctls)) {
    const current = await readSysctl(name);
    if (current !== value && current === NODE_SYSCTLS[name]) await writeSysctl(name, value);
  }
}

async function removeFolders(before: HostRecord): Promise<void> {
  // kubelet's socket for device plugins has a fixed place, and it stays behind.
  if (!before.folders.includes(DEVICE_PLUGINS)) await rm(join(DEVICE_PLUGINS, 'kubelet.sock'), { force: true });
  for (const folder of FIXED_FOLDERS) if (!before.folders.includes(folder)) await rmdir(folder).catch(() => {});
}

async function removeBridge(name: string, address: string): Promise<void> {
  const output = await runCommand('ip', ['-json', 'address', 'show', 'dev', name]).catch(() => '');
  if (output.includes(`"${address}"`)) await runCommand('ip', ['link', 'delete', name]);
}
