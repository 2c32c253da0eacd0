import { BRIDGE } from '../node-address.ts';
import { CLUSTER_RANGES, POD_BRIDGE } from './cluster-ranges.ts';
import type { KubeFolders } from './kube-folders.ts';

/** CNI network of the pods. They have routes to pods, services and the node's address, and none out of the machine. */
export function podNetworkConfig(folders: KubeFolders): string {
  const bridge = {
    type: 'bridge',
    bridge: POD_BRIDGE,
    isGateway: true,
    ipMasq: false,
    hairpinMode: true, // A pod may reach itself through its Service.
    ipam: {
      type: 'host-local',
      dataDir: folders.cniState,
      ranges: [[{ subnet: CLUSTER_RANGES.nodePods }]],
      routes: [CLUSTER_RANGES.pods, CLUSTER_RANGES.services, `${BRIDGE.address}/32`].map((dst) => ({ dst })),
    },
  };
  return `${JSON.stringify({ cniVersion: '1.0.0', name: 'pods', plugins: [bridge] }, null, 2)}\n`;
}
