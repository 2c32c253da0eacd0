import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '../paths.ts';

/** Where the cluster's parts keep things. `data` survives a stop; `state` is worthless once no pod runs. */
export interface KubeFolders {
  readonly config: string;
  readonly etcd: string;
  readonly containerdRoot: string;
  readonly containerdState: string;
  readonly containerdSocket: string;
  readonly kubelet: string;
  readonly podLogs: string;
  readonly cniConfig: string;
  readonly cniState: string;
}

export function kubeFolders(paths: Paths): KubeFolders {
  const state = join(paths.run, 'node');
  return {
    config: join(paths.run, 'kube'),
    etcd: join(paths.data, 'etcd'),
    containerdRoot: join(paths.data, 'containerd'),
    containerdState: join(state, 'containerd'),
    containerdSocket: join(state, 'containerd.sock'),
    kubelet: join(paths.data, 'kubelet'),
    podLogs: join(paths.logs, 'pods'),
    cniConfig: join(paths.run, 'kube', 'cni'),
    cniState: join(state, 'cni'),
  };
}

export async function makeKubeFolders(paths: Paths): Promise<KubeFolders> {
  const folders = kubeFolders(paths);
  const { containerdSocket: _socket, ...directories } = folders;
  for (const folder of Object.values(directories)) await mkdir(folder, { recursive: true, mode: 0o700 });
  return folders;
}
