import type { Part } from '../part.ts';
import { ensureKubePki, type KubePki } from '../pki.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';
import { requireHealthy } from './health-probe.ts';
import { hyperkubeBinary } from './hyperkube-install.ts';

/**
 * A process that follows kube-apiserver with its own kubeconfig and answers health on loopback. Needs a ready apiserver: on a fresh store it
 * exits when its RBAC roles are not there yet.
 */
export function controlLoopPart(name: string, port: number, ownArgs: (pki: KubePki) => readonly string[]): Part {
  return {
    name,
    needs: ['kube-apiserver'],
    processes: [name],
    needsRoot: false,
    address: () => `127.0.0.1:${port}`,
    hint: `Is port ${port} taken, or did kube-apiserver go away?`,
    installed: async () => true,
    install: async () => {},
    start: async ({ paths, nodeAddress }) => {
      const pki = await ensureKubePki(paths, nodeAddress);
      const kubeconfig = pki.file(`${name}.kubeconfig`);
      await startProcess(paths, {
        name,
        command: await hyperkubeBinary(paths),
        args: [
          name,
          `--kubeconfig=${kubeconfig}`,
          `--authentication-kubeconfig=${kubeconfig}`,
          `--authorization-kubeconfig=${kubeconfig}`,
          '--bind-address=127.0.0.1',
          `--secure-port=${port}`,
          // The apiserver's certificate is good for loopback too; a self-signed one could not be verified by our own check.
          `--tls-cert-file=${pki.file('apiserver.crt')}`,
          `--tls-private-key-file=${pki.file('apiserver.key')}`,
          '--leader-elect=false',
          '--profiling=false',
          ...ownArgs(pki),
        ],
      });
    },
    ready: async ({ paths, nodeAddress }) => {
      const { ca } = await ensureKubePki(paths, nodeAddress);
      const url = `https://127.0.0.1:${port}/healthz`;
      await retryUntil(`${name} is not healthy`, 60_000, () => requireHealthy({ url, ca }));
    },
    stop: ({ paths }) => stopProcess(paths, name),
  };
}
