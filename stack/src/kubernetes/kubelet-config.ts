import { join } from 'node:path';
import { stringify } from 'yaml';
import type { KubePki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import type { KubeFolders } from './kube-folders.ts';

export const KUBELET_HEALTH = 'http://127.0.0.1:10248/healthz';

/** kubelet's configuration file. */
export function kubeletConfig(folders: KubeFolders, pki: KubePki, nodeAddress: string): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeAddress,
    port: PORTS.kubelet,
    readOnlyPort: 0,
    healthzBindAddress: '127.0.0.1',
    healthzPort: 10248,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: pki.ca } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: pki.file('kubelet-server.crt'),
    tlsPrivateKeyFile: pki.file('kubelet-server.key'),
    containerRuntimeEndpoint: `unix://${folders.containerdSocket}`,
    cgroupDriver: 'cgroupfs',
    // Hosts of either cgroup version are left as they are: /sys/fs/cgroup is never remounted.
    failCgroupV1: false,
    failSwapOn: false,
    // Otherwise it hangs a table of its own into every packet of the host.
    makeIPTablesUtilChains: false,
    // True would refuse to start where the machine-wide settings are not kubelet's; we let it set them and put them back (teardown/).
    protectKernelDefaults: false,
    clusterDomain: 'cluster.local',
    // No cluster DNS: pods are told addresses. An empty file, so that they do not get the host's servers either.
    resolvConf: join(folders.config, 'resolv.conf'),
    podLogsDir: folders.podLogs,
    staticPodPath: '',
    // Images are imported, not pulled: collected ones would not come back.
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%', 'nodefs.inodesFree': '1%' },
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '5s',
    serializeImagePulls: false,
    volumePluginDir: join(folders.kubelet, 'plugins-exec'),
  });
}
