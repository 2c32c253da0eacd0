import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { authenticationConfig } from '../kubernetes/authentication-config.ts';
import { CLUSTER_RANGES } from '../kubernetes/cluster-ranges.ts';
import { requireHealthy } from '../kubernetes/health-probe.ts';
import { hyperkubeBinary } from '../kubernetes/hyperkube-install.ts';
import { makeKubeFolders } from '../kubernetes/kube-folders.ts';
import { writeKubeconfig } from '../kubernetes/kubeconfig.ts';
import type { Part, PartContext } from '../part.ts';
import { ensureKubePki, ensureLocalPki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';

/** The control API (design D12). Ready with Keycloak down: people's tokens are refused until it is up, certificates work. */
export const kubeApiserver: Part = {
  name: 'kube-apiserver',
  needs: ['network', 'etcd'],
  processes: ['kube-apiserver'],
  needsRoot: false,
  address: (context) => `${context.nodeAddress}:${PORTS.kubeApiserver}`,
  hint: `Is port ${PORTS.kubeApiserver} taken (another Kubernetes on this machine)? A line that names a field of authentication.yaml is a mistake in our file.`,
  installed: async () => true,
  install: async () => {},
  start: async (context) => {
    const { paths, nodeAddress } = context;
    const folders = await makeKubeFolders(paths);
    const localPki = await ensureLocalPki(paths, nodeAddress);
    const authentication = join(folders.config, 'authentication.yaml');
    await writeFile(authentication, authenticationConfig({ nodeAddress, identityCa: await readFile(localPki.ca, 'utf8') }));
    await writeKubeconfig(paths, nodeAddress);
    await startProcess(paths, {
      name: 'kube-apiserver',
      command: await hyperkubeBinary(paths),
      args: ['kube-apiserver', ...(await flags(context, authentication))],
    });
  },
  ready: async ({ paths, nodeAddress }) => {
    const { ca } = await ensureKubePki(paths, nodeAddress);
    const url = `https://${nodeAddress}:${PORTS.kubeApiserver}/readyz`;
    await retryUntil('kube-apiserver is not ready', 90_000, () => requireHealthy({ url, ca }));
  },
  // A client that still watches would hold its end up for a minute. It keeps nothing in memory that etcd has not.
  stop: ({ paths }) => stopProcess(paths, 'kube-apiserver', { limitMs: 5000 }),
};

async function flags({ paths, nodeAddress }: PartContext, authentication: string): Promise<string[]> {
  const { ca, file } = await ensureKubePki(paths, nodeAddress);
  return [
    `--etcd-servers=http://127.0.0.1:${PORTS.etcd}`,
    `--bind-address=${nodeAddress}`,
    `--advertise-address=${nodeAddress}`,
    `--secure-port=${PORTS.kubeApiserver}`,
    `--service-cluster-ip-range=${CLUSTER_RANGES.services}`,
    // A single server: no leases of peers to wait for after an unclean end.
    '--endpoint-reconciler-type=lease',
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    // Who is it, and may they.
    `--client-ca-file=${ca}`,
    `--authentication-config=${authentication}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    // Tokens of pods.
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('sa.pub')}`,
    `--service-account-signing-key-file=${file('sa.key')}`,
    // To the kubelet, for logs and exec.
    `--kubelet-certificate-authority=${ca}`,
    `--kubelet-client-certificate=${file('apiserver-kubelet.crt')}`,
    `--kubelet-client-key=${file('apiserver-kubelet.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    // To aggregated API servers.
    `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${file('front-proxy.crt')}`,
    `--proxy-client-key-file=${file('front-proxy.key')}`,
    '--profiling=false',
  ];
}
