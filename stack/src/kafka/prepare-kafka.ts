import { type Acl, AclOperations, AclPermissionTypes, Admin, ResourcePatternTypes, ResourceTypes } from '@platformatic/kafka';
import { PROJECTOR_GROUPS } from '@tenantry/contracts';

/** A principal's way in. */
export interface KafkaAccess {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** Names of all topics. @throws while the broker is not ready, or when the login is refused. */
export async function listTopics(access: KafkaAccess): Promise<string[]> {
  return await withKafka(access, async (admin) => await admin.listTopics());
}

/** The relay publishes every tenant's events: it writes to all topics and reads none. Repeating it changes nothing: ACLs are a set. */
export async function grantRelay(access: KafkaAccess, principal: string): Promise<void> {
  const grant = granter(principal);
  const creations = [
    grant(ResourceTypes.TOPIC, '*', AclOperations.WRITE),
    grant(ResourceTypes.TOPIC, '*', AclOperations.DESCRIBE),
    grant(ResourceTypes.CLUSTER, 'kafka-cluster', AclOperations.IDEMPOTENT_WRITE),
  ];
  await withKafka(access, async (admin) => await admin.createAcls({ creations }));
}

/** The projector reads every tenant's events in consumer groups of its own, and writes nothing. Repeating it changes nothing. */
export async function grantProjector(access: KafkaAccess, principal: string): Promise<void> {
  const grant = granter(principal);
  const creations = [
    grant(ResourceTypes.TOPIC, '*', AclOperations.READ),
    grant(ResourceTypes.TOPIC, '*', AclOperations.DESCRIBE),
    { ...grant(ResourceTypes.GROUP, PROJECTOR_GROUPS, AclOperations.READ), resourcePatternType: ResourcePatternTypes.PREFIXED },
  ];
  await withKafka(access, async (admin) => await admin.createAcls({ creations }));
}

function granter(principal: string) {
  return (resourceType: Acl['resourceType'], resourceName: string, operation: Acl['operation']): Acl => ({
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${principal}`,
    host: '*',
    operation,
    permissionType: AclPermissionTypes.ALLOW,
  });
}

async function withKafka<T>(access: KafkaAccess, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({
    clientId: 'tenantry-stack',
    bootstrapBrokers: [`${access.address}:${access.port}`],
    sasl: { mechanism: 'SCRAM-SHA-512', username: access.username, password: access.password },
    connectTimeout: 2000,
    timeout: 10_000,
    retries: 0,
  });
  try {
    return await use(admin);
  } finally {
    await admin.close().catch(() => {});
  }
}
