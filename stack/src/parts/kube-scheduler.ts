import { requireHealthy } from '../kubernetes/health-probe.ts';
import { hyperkubeBinary } from '../kubernetes/hyperkube-install.ts';
import type { Part } from '../part.ts';
import { ensureKubePki } from '../pki.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';

const PORT = 10259;

/** Gives pods their node. */
export const kubeScheduler: Part = {
  name: 'kube-scheduler',
  needs: ['kube-apiserver'],
  processes: ['kube-scheduler'],
  needsRoot: false,
  address: () => `127.0.0.1:${PORT}`,
  hint: `Is port ${PORT} taken, or did kube-apiserver go away?`,
  installed: async () => true,
  install: async () => {},
  start: async ({ paths, nodeAddress }) => {
    const { file } = await ensureKubePki(paths, nodeAddress);
    const kubeconfig = file('kube-scheduler.kubeconfig');
    await startProcess(paths, {
      name: 'kube-scheduler',
      command: await hyperkubeBinary(paths),
      args: [
        'kube-scheduler',
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        '--bind-address=127.0.0.1',
        `--secure-port=${PORT}`,
        // As in kube-controller-manager: a certificate our own check can verify.
        `--tls-cert-file=${file('apiserver.crt')}`,
        `--tls-private-key-file=${file('apiserver.key')}`,
        '--leader-elect=false',
        '--profiling=false',
      ],
    });
  },
  ready: async ({ paths, nodeAddress }) => {
    const { ca } = await ensureKubePki(paths, nodeAddress);
    const url = `https://127.0.0.1:${PORT}/healthz`;
    await retryUntil('kube-scheduler is not healthy', 60_000, () => requireHealthy({ url, ca }));
  },
  stop: ({ paths }) => stopProcess(paths, 'kube-scheduler'),
};
