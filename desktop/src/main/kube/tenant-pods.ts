import { LABELS, TENANTS_NAMESPACE } from '@tenantry/contracts';
import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import { podComplaint } from '@tenantry/operator/control/pod-complaint.ts';
import { PODS } from '@tenantry/operator/control/pods.ts';
import type { TenantPod } from '../../platform/platform-view-questions.ts';

/** The replicas of a dedicated tenant, by name; none of a pooled one. @throws KubeError `Forbidden` when the person may not see pods. */
export async function readPods(api: Pick<KubeApi, 'list'>, tenant: string): Promise<readonly TenantPod[]> {
  const { items } = await api.list(PODS, { namespace: TENANTS_NAMESPACE, labelSelector: `${LABELS.tenant}=${tenant}` });
  return items
    .map((pod) => {
      const containers = pod.status?.containerStatuses ?? [];
      return {
        name: pod.metadata.name,
        phase: pod.metadata.deletionTimestamp === undefined ? (pod.status?.phase ?? 'Unknown') : 'Terminating',
        ready: containers.length > 0 && containers.every(({ ready }) => ready === true),
        restarts: containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
        startedAt: pod.status?.startTime,
        complaint: podComplaint(pod),
      };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}
