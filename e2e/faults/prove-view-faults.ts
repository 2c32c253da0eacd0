import { privateCluster } from '@tenantry/operator/testing/private-cluster.ts';
import { testPlatform } from '@tenantry/operator/testing/test-platform.ts';
import { surviveViewFaults } from '@tenantry/operator/testing/view-faults.ts';
import type { Proof } from './proof.ts';

const SEEDS = 20;

/** Twenty storms, each with its own seed, cluster name and tenants. Needs PostgreSQL, Kafka and Keycloak; the API server is its own. */
export async function proveViewFaults(seed: number, say: (line: string) => void): Promise<Proof> {
  await using platform = await testPlatform({ claim: false });
  await using home = await privateCluster();
  const counts: Record<string, number> = { seeds: SEEDS, tenants: 0, operatorRestarts: 0, faults: 0 };
  const add = (name: string, count: number): void => {
    counts[name] = (counts[name] ?? 0) + count;
  };
  for (let storm = 0; storm < SEEDS; storm += 1) {
    const { faults, restarts, tenants } = await surviveViewFaults({ platform, home }, seed + storm);
    add('tenants', tenants);
    add('operatorRestarts', restarts);
    for (const [fault, count] of faults) {
      add('faults', count);
      add(fault, count);
    }
    say(`seed ${seed + storm}: everything is as it should be after ${[...faults.values()].reduce((sum, each) => sum + each, 0)} faults`);
  }
  return {
    claim:
      'an operator whose calls are refused, lost, repeated and never answered, and whose view of the cluster is late, old, doubled and full of holes, ends with everything as wanted, nothing doubled and nothing wrongly deleted',
    counts,
  };
}
