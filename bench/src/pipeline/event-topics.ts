import { Admin } from '@platformatic/kafka';
import type { TenantNames } from '@tenantry/contracts';
import type { RunningStack } from '@tenantry/stack/testing/running-stack.ts';
import type { CleanUp } from '../clean-up.ts';

/** Makes the topic of each tenant's events, of one partition. They go with the bench, and so do the positions of `groups`. */
export async function makeEventTopics(
  stack: RunningStack,
  tenants: readonly Pick<TenantNames, 'eventsTopic'>[],
  cleanUp: CleanUp,
  groups: readonly string[] = [],
): Promise<void> {
  const { address, port, username, password } = await stack.kafka('admin');
  const admin = new Admin({
    clientId: 'tenantry-bench',
    bootstrapBrokers: [`${address}:${port}`],
    sasl: { mechanism: 'SCRAM-SHA-512', username, password },
  });
  const topics = tenants.map(({ eventsTopic }) => eventsTopic);
  await admin.createTopics({ topics, partitions: 1, replicas: 1 });
  cleanUp.add(async () => {
    await admin.deleteTopics({ topics });
    if (groups.length > 0) await admin.deleteGroups({ groups: [...groups] }).catch(() => {});
    await admin.close();
  });
}
