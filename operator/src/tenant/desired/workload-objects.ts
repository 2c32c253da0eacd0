import type { ChildKind, ChildObject } from '../../kubernetes/port.ts';
import type { ReplicasWish } from '../plans/replicas-plan.ts';
import { autoscalerFor } from './autoscaler.ts';
import { deploymentFor } from './deployment.ts';
import type { DesiredInput } from './desired-input.ts';
import { disruptionBudgetFor } from './disruption-budget.ts';
import { ingressFor } from './ingress.ts';
import { networkPolicyFor } from './network-policy.ts';
import { serviceFor } from './service.ts';
import { serviceAccountFor } from './service-account.ts';
import { serviceMonitorFor } from './service-monitor.ts';

/**
 * What a dedicated tenant has, each of one name, in the order it is made: what closes and protects the replicas is there before them.
 * Removal goes backwards.
 */
export const WORKLOAD_KINDS = [
  'ServiceAccount',
  'NetworkPolicy',
  'Service',
  'PodDisruptionBudget',
  'Deployment',
  'HorizontalPodAutoscaler',
  'Ingress',
  'ServiceMonitor',
] as const satisfies readonly ChildKind[];

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** Every object of a dedicated tenant; undefined for what it is not to have. Pure. */
export function workloadObjects(input: DesiredInput, replicas?: ReplicasWish): Readonly<Record<WorkloadKind, ChildObject | undefined>> {
  const { spec, place } = input;
  return {
    ServiceAccount: serviceAccountFor(input),
    NetworkPolicy: networkPolicyFor(input),
    Service: serviceFor(input),
    PodDisruptionBudget: disruptionBudgetFor(input),
    Deployment: deploymentFor(input, replicas),
    // An autoscaler cannot hold 0 replicas: a suspended tenant has none.
    HorizontalPodAutoscaler:
      spec.autoscaling === undefined || spec.state === 'Suspended' ? undefined : autoscalerFor(input, spec.autoscaling),
    Ingress: place.ingress === undefined ? undefined : ingressFor(input, place.ingress),
    ServiceMonitor: serviceMonitorFor(input),
  };
}
