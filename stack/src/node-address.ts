/** The bridge that host and pods share, its one address, and the node's name in Kubernetes. */
export const BRIDGE = { name: 'kube0', address: '172.31.255.1' } as const;
export const NODE_NAME = 'node0';

/**
 * Address that servers listen on and advertise, beside loopback. Pods need one that is not loopback; making the bridge takes root,
 * so without it only loopback is left and there are no pods either.
 */
export function nodeAddress(isRoot: boolean = process.getuid?.() === 0): string {
  return isRoot ? BRIDGE.address : '127.0.0.1';
}
