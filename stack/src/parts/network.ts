import { CLUSTER_RANGES } from '../kubernetes/cluster-ranges.ts';
import { BRIDGE } from '../node-address.ts';
import type { Part } from '../part.ts';
import { findProcess } from '../process.ts';
import { runCommand } from '../run-command.ts';
import { cleanPods } from '../teardown/clean-pods.ts';
import { saveHostRecord } from '../teardown/host-record.ts';
import { restoreHost, restoreHostKeepingAddress } from '../teardown/restore-host.ts';

/**
 * The bridge whose address host and pods share, and routes that end the cluster's ranges in it: a packet to a dead pod or service goes
 * nowhere, instead of out of the machine by the default route. Also the first and last of the node: it notes what the host is like
 * before, cleans what a crashed run left, and restores the host at the end. Without root there is no bridge and nothing to do.
 */
export const network: Part = {
  name: 'network',
  needs: [],
  processes: [],
  needsRoot: false,
  address: (context) => context.nodeAddress,
  hint: 'The bridge could not be made: is iproute2 installed and is this machine allowed to make bridges?',
  installed: async () => true,
  install: async () => {},
  start: async ({ paths, nodeAddress }) => {
    if (nodeAddress !== BRIDGE.address) return;
    if (!(await nodeRuns(paths))) {
      await cleanPods(paths);
      await restoreHostKeepingAddress(paths);
    }
    await saveHostRecord(paths);
    await makeBridge();
    for (const range of [CLUSTER_RANGES.services, CLUSTER_RANGES.pods])
      await runCommand('ip', ['route', 'replace', range, 'dev', BRIDGE.name]);
  },
  ready: async () => {},
  stop: async ({ paths, nodeAddress }) => {
    if (nodeAddress !== BRIDGE.address || (await nodeRuns(paths))) return;
    await cleanPods(paths);
    await restoreHost(paths);
  },
};

async function nodeRuns(paths: Parameters<typeof findProcess>[0]): Promise<boolean> {
  const processes = await Promise.all(['containerd', 'kubelet', 'kube-proxy'].map((name) => findProcess(paths, name)));
  return processes.some(Boolean);
}

/** @throws when a link of that name exists that is not ours: one without our address. */
async function makeBridge(): Promise<void> {
  const found = await runCommand('ip', ['-json', 'address', 'show', 'dev', BRIDGE.name]).catch(() => undefined);
  if (found === undefined) {
    await runCommand('ip', ['link', 'add', BRIDGE.name, 'type', 'bridge']);
  } else if (found.includes('"inet"') && !found.includes(`"${BRIDGE.address}"`)) {
    throw new Error(`a link ${BRIDGE.name} exists that is not Tenantry's: remove or rename it (ip link delete ${BRIDGE.name})`);
  }
  await runCommand('ip', ['addr', 'replace', `${BRIDGE.address}/32`, 'dev', BRIDGE.name]);
  await runCommand('ip', ['link', 'set', BRIDGE.name, 'up']);
}
