import { GROUP, type TenantClassSpec, VERSION } from '@tenantry/contracts';
import { kubectl, kubectlApply } from './kubectl.ts';

/** Makes a TenantClass that one journey has for itself: both modes allowed, small ceilings. */
export async function makeClass(name: string, spec: Partial<TenantClassSpec> = {}): Promise<void> {
  await kubectlApply({
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'TenantClass',
    metadata: { name },
    spec: {
      description: 'made by a specification of e2e/',
      workload: { mode: 'Pooled', allowedModes: ['Pooled', 'Dedicated'], maxReplicas: 2 },
      messaging: { maxTopics: 4, maxPartitions: 6 },
      ...spec,
    },
  });
}

export async function removeClass(name: string): Promise<void> {
  await kubectl(['delete', `tenantclasses.${GROUP}`, name, '--ignore-not-found']);
}
