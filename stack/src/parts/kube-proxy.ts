import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CLUSTER_RANGES } from '../kubernetes/cluster-ranges.ts';
import { requireHealthy } from '../kubernetes/health-probe.ts';
import { hyperkubeBinary } from '../kubernetes/hyperkube-install.ts';
import { makeKubeFolders } from '../kubernetes/kube-folders.ts';
import { NODE_NAME } from '../node-address.ts';
import type { Part } from '../part.ts';
import { ensureKubePki } from '../pki.ts';
import { startProcess, stopProcess } from '../process.ts';
import { retryUntil } from '../retry-until.ts';

const HEALTH_PORT = 10256;

/** Makes Services reachable, by nftables. NodePorts answer on the node's address (nftables mode has none on loopback). */
export const kubeProxy: Part = {
  name: 'kube-proxy',
  needs: ['containerd', 'kube-apiserver'],
  processes: ['kube-proxy'],
  needsRoot: true,
  address: (context) => `NodePorts on ${context.nodeAddress}`,
  hint: `Is port ${HEALTH_PORT} taken (another kube-proxy on this machine), or does this kernel have no nf_tables?`,
  installed: async () => true,
  install: async () => {},
  start: async ({ paths, nodeAddress }) => {
    const folders = await makeKubeFolders(paths);
    const pki = await ensureKubePki(paths, nodeAddress);
    const config = join(folders.config, 'kube-proxy.yaml');
    const text = stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      clientConnection: { kubeconfig: pki.file('kube-proxy.kubeconfig') },
      mode: 'nftables',
      clusterCIDR: CLUSTER_RANGES.pods,
      hostnameOverride: NODE_NAME,
      healthzBindAddress: `127.0.0.1:${HEALTH_PORT}`,
      metricsBindAddress: '127.0.0.1:10249',
      nodePortAddresses: [`${nodeAddress}/32`],
      // Zero leaves the machine's connection tracking as it is.
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    });
    // One that runs ends itself when its file is written, also with what it says already.
    if ((await readFile(config, 'utf8').catch(() => '')) !== text) await writeFile(config, text);
    await startProcess(paths, {
      name: 'kube-proxy',
      command: await hyperkubeBinary(paths),
      args: ['kube-proxy', `--config=${config}`],
    });
  },
  ready: () => retryUntil('kube-proxy is not healthy', 60_000, () => requireHealthy({ url: `http://127.0.0.1:${HEALTH_PORT}/healthz` })),
  stop: ({ paths }) => stopProcess(paths, 'kube-proxy'),
};
