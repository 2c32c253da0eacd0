import { keepOperator } from '@tenantry/operator/testing/kept-operator.ts';
import { privateCluster } from '@tenantry/operator/testing/private-cluster.ts';
import { type WalkCounts, walkSpecs } from '@tenantry/operator/testing/spec-walk.ts';
import { testCluster } from '@tenantry/operator/testing/test-cluster.ts';
import { testPlatform } from '@tenantry/operator/testing/test-platform.ts';
import type { Proof } from './proof.ts';

const [WALKS, LANES, TRANSITIONS] = [8, 4, 60];

/** 480 edits of eight tenants and their classes. Needs PostgreSQL, Kafka and Keycloak; the API server is its own. */
export async function proveSpecWalk(seed: number, say: (line: string) => void): Promise<Proof> {
  await using platform = await testPlatform({ claim: false });
  await using home = await privateCluster();
  await using cluster = await testCluster(home.adminKubeconfig, 'walk');
  const operator = await keepOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
      KUBECONFIG_FILE: home.operatorKubeconfig,
    }),
  );
  const total: Record<string, number> = {};
  const waiting = Array.from({ length: WALKS }, (_, walk) => seed + walk);
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const counts: WalkCounts = await walkSpecs(cluster, platform.slug(), { transitions: TRANSITIONS, seed: next });
      for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
      say(`seed ${next}: ${JSON.stringify(counts)}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await operator.stop();
  }
  return {
    claim:
      'whatever is written into a Tenant or its class, the tenant is Ready, or Stalled with a reason, or the API server refused it; and the last good spec always makes it Ready',
    counts: { ...total, operatorRestarts: operator.restarts() },
  };
}
