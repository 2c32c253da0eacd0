import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall } from '../install/apt.ts';
import { hasProgram } from '../install/has-program.ts';
import { CNI_PLUGINS, containerdConfig } from '../kubernetes/containerd-config.ts';
import { kubeFolders, makeKubeFolders } from '../kubernetes/kube-folders.ts';
import { podNetworkConfig } from '../kubernetes/pod-network-config.ts';
import type { Part } from '../part.ts';
import { findProcess, startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { runCommand } from '../run-command.ts';
import { cleanPods } from '../teardown/clean-pods.ts';

/** Debian packages of the node and of image building. kube-proxy uses nft; iptables, conntrack, ethtool, socat and ipset are not needed. */
const PACKAGES = ['containerd', 'runc', 'containernetworking-plugins', 'nftables', 'buildah'];
const PROGRAMS = ['containerd', 'ctr', 'runc', 'nft', 'buildah'];

/** unix(7): sun_path has 108 bytes with the ending zero. */
const LONGEST_SOCKET = 107;

/** Runs containers. Its own instance, with its own root and socket; a containerd of the machine is left alone. */
export const containerd: Part = {
  name: 'containerd',
  needs: ['network'],
  processes: ['containerd'],
  needsRoot: true,
  address: ({ paths }) => kubeFolders(paths).containerdSocket,
  hint: 'A line about overlayfs means the file system of .run/ cannot hold overlays: set TENANTRY_RUN_DIR to a folder on ext4 or xfs.',
  problems: async ({ paths }) => {
    const longest = `${kubeFolders(paths).containerdSocket}.ttrpc`;
    if (Buffer.byteLength(longest) <= LONGEST_SOCKET) return [];
    const what = `the path ${longest} is too long for a socket (${LONGEST_SOCKET} bytes)`;
    return [{ what, fix: 'set TENANTRY_RUN_DIR to a folder with a shorter path', blocks: true }];
  },
  installed: async () => {
    const programs = await Promise.all(PROGRAMS.map(hasProgram));
    const plugins = await access(join(CNI_PLUGINS, 'bridge')).then(
      () => true,
      () => false,
    );
    return plugins && programs.every(Boolean);
  },
  install: (context) => aptInstall(context, PACKAGES),
  start: async ({ paths }) => {
    if (await findProcess(paths, 'containerd')) return;
    await stopProcess(paths, 'kubelet'); // It would make pods anew while we clean.
    await cleanPods(paths);
    const folders = await makeKubeFolders(paths);
    await writeFile(join(folders.cniConfig, '10-pods.conflist'), podNetworkConfig(folders));
    const config = join(folders.config, 'containerd.toml');
    await writeFile(config, containerdConfig(folders));
    await startProcess(paths, { name: 'containerd', command: 'containerd', args: ['--config', config] });
  },
  ready: async ({ paths }) => {
    const { containerdSocket } = kubeFolders(paths);
    await retryUntil('containerd does not answer', 60_000, () =>
      runCommand('ctr', ['--address', containerdSocket, 'version'], { limitMs: 5000 }),
    );
  },
  stop: async ({ paths }) => {
    await stopProcess(paths, 'kubelet');
    await stopProcess(paths, 'containerd');
    await cleanPods(paths);
  },
};
