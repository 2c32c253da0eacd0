/** Addresses of services and pods. They exist on this machine alone: both are routed into the bridge before anything uses them. */
export const CLUSTER_RANGES = {
  services: '10.96.0.0/16',
  pods: '10.244.0.0/16',
  /** The one node's share of `pods`. */
  nodePods: '10.244.0.0/24',
} as const;

/** Bridge the pods hang on. Not the usual `cni0`, which another cluster on this machine may own. */
export const POD_BRIDGE = 'kube0-pods';
