import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeClient } from '@tenantry/operator/control/kube-client.ts';
import { TENANTS, type TenantObject } from '@tenantry/operator/kubernetes/resources.ts';
import { type PrivateCluster, privateCluster } from '@tenantry/operator/testing/private-cluster.ts';
import { authenticationConfig } from '@tenantry/stack/kubernetes/authentication-config.ts';
import type { RunningStack } from '@tenantry/stack/testing/running-stack.ts';
import { inParallel, withPatience } from '../operator/in-parallel.ts';

/** Requests under way at once. */
const WIDTH = 8;
/** Every so many is suspended: a list of one badge says little. */
const SUSPENDED_EVERY = 20;

/**
 * A kube-apiserver with our kinds, guard and rights that takes the tokens of the running Keycloak's staff as the platform's does. No operator looks at
 * it: a Tenant there is a real object that stays as it was written.
 */
export function clusterWithoutOperator(stack: Pick<RunningStack, 'nodeAddress' | 'ca'>, folder: string): Promise<PrivateCluster> {
  const authentication = join(folder, 'authentication.yaml');
  const config = authenticationConfig({ nodeAddress: stack.nodeAddress, identityCa: stack.ca });
  return writeFile(authentication, config).then(() =>
    privateCluster({
      manifests: ['manifests/tenant-access.yaml', 'manifests/tenant-classes.yaml'],
      flags: [`--authentication-config=${authentication}`],
    }),
  );
}

/** Tenants with the status of `like`, which an operator has made Ready; they differ in their names. Gives the names, in order. */
export async function makeCrowd(
  kube: KubeClient,
  like: TenantObject,
  count: number,
  progress: (made: number) => void,
): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, index) => `crowd-${String(index).padStart(5, '0')}`);
  let made = 0;
  await inParallel(
    names.map((name, index) => ({ name, index })),
    WIDTH,
    async ({ name, index }) => {
      await withPatience(() => kube.apply(TENANTS, tenantObject(name, index), { fieldManager: 'bench' }));
      await withPatience(() => kube.patch(TENANTS, { name }, { status: statusFor(name, like) }, { subresource: 'status' }));
      made += 1;
      if (made % 1000 === 0) progress(made);
    },
  );
  return names;
}

function tenantObject(name: string, index: number): TenantObject {
  const spec = {
    classRef: { name: 'standard' },
    displayName: `Company ${index}`,
    ...(index % SUSPENDED_EVERY === SUSPENDED_EVERY - 1 ? { lifecycle: { state: 'Suspended', reason: 'Invoice 4711 is overdue' } } : {}),
  };
  // Defaults are the API server's to fill in.
  return { apiVersion: 'tenantry.dev/v1alpha1', kind: 'Tenant', metadata: { name }, spec: spec as unknown as TenantObject['spec'] };
}

/** Also its schema, topics and messages are named after it. */
function statusFor(name: string, like: TenantObject): object {
  const written = JSON.stringify(like.status).replaceAll(like.metadata.name, name);
  return JSON.parse(written.replaceAll(like.metadata.name.replaceAll('-', '_'), name.replaceAll('-', '_')));
}
