import { controlLoopPart } from '../kubernetes/control-loop-part.ts';

/** Gives pods their node. */
export const kubeScheduler = controlLoopPart('kube-scheduler', 10259, () => []);
