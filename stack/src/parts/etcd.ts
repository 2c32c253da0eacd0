import { requireHealthy } from '../kubernetes/health-probe.ts';
import { hyperkubeBinary } from '../kubernetes/hyperkube-install.ts';
import { makeKubeFolders } from '../kubernetes/kube-folders.ts';
import type { Part } from '../part.ts';
import { PORTS } from '../ports.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';

const CLIENT = `http://127.0.0.1:${PORTS.etcd}`;
const PEER = `http://127.0.0.1:${PORTS.etcdPeer}`;

/**
 * The cluster's store. Loopback only, and only kube-apiserver speaks to it. Writes are fsynced: a Tenant that kubectl saw accepted is
 * there after a power cut, and the cost is small at our rate (apiserver ready in 2.7 s on a fresh store).
 */
export const etcd: Part = {
  name: 'etcd',
  needs: ['hyperkube'],
  processes: ['etcd'],
  needsRoot: false,
  address: () => `127.0.0.1:${PORTS.etcd}`,
  hint: `Is port ${PORTS.etcd} or ${PORTS.etcdPeer} taken (another etcd or Kubernetes on this machine), or the disk full?`,
  installed: async () => true,
  install: async () => {},
  start: async ({ paths }) => {
    const folders = await makeKubeFolders(paths);
    await startProcess(paths, {
      name: 'etcd',
      command: await hyperkubeBinary(paths),
      args: [
        'etcd',
        `--data-dir=${folders.etcd}`,
        `--listen-client-urls=${CLIENT}`,
        `--advertise-client-urls=${CLIENT}`,
        `--listen-peer-urls=${PEER}`,
        `--initial-advertise-peer-urls=${PEER}`,
        `--initial-cluster=default=${PEER}`,
        // Keeps the file small: history older than 5 minutes is of use to nobody here.
        '--auto-compaction-mode=periodic',
        '--auto-compaction-retention=5m',
        '--log-level=warn',
      ],
    });
  },
  ready: () => retryUntil('etcd does not answer', 60_000, () => requireHealthy({ url: `${CLIENT}/health` })),
  stop: ({ paths }) => stopProcess(paths, 'etcd'),
};
