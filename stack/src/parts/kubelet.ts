import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ensurePauseImage } from '../images/pause-image.ts';
import { drainNode, reopenNode } from '../kubernetes/drain-node.ts';
import { requireHealthy } from '../kubernetes/health-probe.ts';
import { hyperkubeBinary } from '../kubernetes/hyperkube-install.ts';
import { makeKubeFolders } from '../kubernetes/kube-folders.ts';
import { kubectl } from '../kubernetes/kubectl.ts';
import { KUBELET_HEALTH, kubeletConfig } from '../kubernetes/kubelet-config.ts';
import { NODE_NAME } from '../node-address.ts';
import type { Part } from '../part.ts';
import type { Paths } from '../paths.ts';
import { ensureKubePki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { strangersHavePods } from '../teardown/host-record.ts';

const STRANGERS = {
  what: 'pods of another Kubernetes node run on this machine; ours would take them for orphans and end them',
  fix: 'stop that node (k3s, kubeadm, another checkout), or use a machine of its own',
};

/** The node: makes pods run. Stopping it drains the node first, so that pods end in their own orderly way. */
export const kubelet: Part = {
  name: 'kubelet',
  needs: ['containerd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
  processes: ['kubelet'],
  needsRoot: true,
  address: (context) => `${context.nodeAddress}:${PORTS.kubelet}`,
  hint: `Is port ${PORTS.kubelet} taken (another kubelet on this machine)? A line about cgroups means this system's are unusual; it needs cgroup v1 or v2 with cgroupfs.`,
  problems: async ({ paths }) => ((await strangersHavePods(paths)) ? [{ ...STRANGERS, blocks: true }] : []),
  installed: async () => true,
  install: async () => {},
  start: async (context) => {
    const { paths, nodeAddress } = context;
    if (await strangersHavePods(paths)) throw new Error(`${STRANGERS.what}: ${STRANGERS.fix}`);
    const folders = await makeKubeFolders(paths);
    await ensurePauseImage(context);
    const pki = await ensureKubePki(paths, nodeAddress);
    const config = join(folders.config, 'kubelet.yaml');
    await writeFile(join(folders.config, 'resolv.conf'), '');
    await writeFile(config, kubeletConfig(folders, pki, nodeAddress));
    await startProcess(paths, {
      name: 'kubelet',
      command: await hyperkubeBinary(paths),
      args: [
        'kubelet',
        `--config=${config}`,
        `--kubeconfig=${pki.file('kubelet.kubeconfig')}`,
        `--hostname-override=${NODE_NAME}`,
        `--node-ip=${nodeAddress}`,
        `--root-dir=${folders.kubelet}`,
      ],
    });
  },
  ready: async ({ paths }) => {
    const asked = Date.now();
    await retryUntil('kubelet is not healthy', 60_000, () => requireHealthy({ url: KUBELET_HEALTH }));
    await retryUntil(`node ${NODE_NAME} is not Ready`, 60_000, async () => {
      const { ready, seen } = await nodeState(paths);
      // The store still says True from the last run; only a sign of life of this one counts.
      if (ready !== 'True' || seen < asked - 10_000)
        throw new Error(`its condition Ready is ${ready}, last seen ${new Date(seen).toISOString()}`);
    });
    await reopenNode(paths);
  },
  stop: async ({ paths, progress }) => {
    await drainNode(paths, progress);
    await stopProcess(paths, 'kubelet');
  },
};

const NodeOrLease = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ renewTime: z.string().optional() }).optional(),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string(), lastHeartbeatTime: z.string() })).optional() })
    .optional(),
});

/** A new kubelet reports its status at once; a running one renews its lease every 10 s and its status every 5 minutes. */
async function nodeState(paths: Paths): Promise<{ ready: string; seen: number }> {
  const output = await kubectl(paths, ['get', 'nodes,leases', '--namespace=kube-node-lease', '--output=json']);
  const objects = z.object({ items: z.array(NodeOrLease) }).parse(JSON.parse(output)).items;
  const own = objects.filter((object) => object.metadata.name === NODE_NAME);
  const condition = own.flatMap((object) => object.status?.conditions ?? []).find(({ type }) => type === 'Ready');
  const times = [condition?.lastHeartbeatTime, ...own.map((object) => object.spec?.renewTime)];
  return { ready: condition?.status ?? 'missing', seen: Math.max(0, ...times.map((time) => Date.parse(time ?? '') || 0)) };
}
