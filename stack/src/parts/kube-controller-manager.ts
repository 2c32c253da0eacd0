import { CLUSTER_RANGES } from '../kubernetes/cluster-ranges.ts';
import { requireHealthy } from '../kubernetes/health-probe.ts';
import { hyperkubeBinary } from '../kubernetes/hyperkube-install.ts';
import type { Part } from '../part.ts';
import { ensureKubePki } from '../pki.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';

const PORT = 10257;

/** Deployments, garbage collection, namespaces. Needs a ready apiserver: on a fresh store it exits when its RBAC roles are not there yet. */
export const kubeControllerManager: Part = {
  name: 'kube-controller-manager',
  needs: ['kube-apiserver'],
  processes: ['kube-controller-manager'],
  needsRoot: false,
  address: () => `127.0.0.1:${PORT}`,
  hint: `Is port ${PORT} taken, or did kube-apiserver go away?`,
  installed: async () => true,
  install: async () => {},
  start: async ({ paths, nodeAddress }) => {
    const { ca, file } = await ensureKubePki(paths, nodeAddress);
    const kubeconfig = file('kube-controller-manager.kubeconfig');
    await startProcess(paths, {
      name: 'kube-controller-manager',
      command: await hyperkubeBinary(paths),
      args: [
        'kube-controller-manager',
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        '--bind-address=127.0.0.1',
        `--secure-port=${PORT}`,
        // The apiserver's certificate is good for loopback too; a self-signed one could not be verified by our own check.
        `--tls-cert-file=${file('apiserver.crt')}`,
        `--tls-private-key-file=${file('apiserver.key')}`,
        '--leader-elect=false',
        '--use-service-account-credentials',
        `--service-account-private-key-file=${file('sa.key')}`,
        `--root-ca-file=${ca}`,
        `--cluster-signing-cert-file=${ca}`,
        `--cluster-signing-key-file=${file('ca.key')}`,
        '--allocate-node-cidrs',
        `--cluster-cidr=${CLUSTER_RANGES.pods}`,
        '--profiling=false',
      ],
    });
  },
  ready: async ({ paths, nodeAddress }) => {
    const { ca } = await ensureKubePki(paths, nodeAddress);
    const url = `https://127.0.0.1:${PORT}/healthz`;
    await retryUntil('kube-controller-manager is not healthy', 60_000, () => requireHealthy({ url, ca }));
  },
  stop: ({ paths }) => stopProcess(paths, 'kube-controller-manager'),
};
