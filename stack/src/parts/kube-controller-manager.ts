import { CLUSTER_RANGES } from '../kubernetes/cluster-ranges.ts';
import { controlLoopPart } from '../kubernetes/control-loop-part.ts';

/** Deployments, garbage collection, namespaces. */
export const kubeControllerManager = controlLoopPart('kube-controller-manager', 10257, ({ ca, file }) => [
  '--use-service-account-credentials',
  `--service-account-private-key-file=${file('sa.key')}`,
  `--root-ca-file=${ca}`,
  `--cluster-signing-cert-file=${ca}`,
  `--cluster-signing-key-file=${file('ca.key')}`,
  '--allocate-node-cidrs',
  `--cluster-cidr=${CLUSTER_RANGES.pods}`,
]);
