import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type KubeFolders, kubeFolders } from '../kubernetes/kube-folders.ts';
import type { Paths } from '../paths.ts';
import { unmountBelow } from './mounts.ts';
import { containerIds, endPodProcesses, taskFolder } from './pod-processes.ts';

const CONTAINER_LOGS = '/var/log/containers';

/**
 * Cleans what pods leave when their containerd died before them: processes, mounts, addresses, sockets. Called before containerd starts
 * and after it stopped, never while it runs. Images and the cluster's objects stay.
 */
export async function cleanPods(paths: Paths): Promise<void> {
  const folders = kubeFolders(paths);
  await endPodProcesses(folders);
  await unmountBelow([folders.containerdState, folders.containerdRoot, folders.kubelet]);
  await removeShimFiles(folders);
  await removeLogLinks(folders);
  await rm(folders.containerdState, { recursive: true, force: true });
  await rm(folders.cniState, { recursive: true, force: true });
  await rm(join(folders.kubelet, 'pods'), { recursive: true, force: true });
}

/** A shim that was killed leaves its socket and runc's folder in places with fixed names. */
async function removeShimFiles(folders: KubeFolders): Promise<void> {
  for (const id of await containerIds(folders)) {
    const address = await readFile(join(taskFolder(folders), id, 'address'), 'utf8').catch(() => '');
    const socket = address.trim().replace(/^unix:\/\//, '');
    if (socket.startsWith('/run/containerd/s/')) await rm(socket, { force: true });
    await rm(join('/run/containerd/runc/k8s.io', id), { recursive: true, force: true });
  }
}

/** kubelet links the logs of each container here, for log collectors. */
async function removeLogLinks(folders: KubeFolders): Promise<void> {
  for (const name of await readdir(CONTAINER_LOGS).catch(() => [])) {
    const link = join(CONTAINER_LOGS, name);
    const target = await readlink(link).catch(() => '');
    if (target.startsWith(`${folders.podLogs}/`)) await rm(link, { force: true });
  }
}
