import { tenantNames, tenantOfKafkaUser } from '@tenantry/contracts';
// Its enumerations are invisible to Node's import of named exports; vitest would see them.
import kafkajs, { type Admin } from 'kafkajs';
import { kafkaOf } from './kafka.ts';
import { localPlatform } from './local-platform.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ConfigResourceTypes, ResourcePatternTypes } = kafkajs;

/** What the broker holds for one tenant. Names have the tenant's own name in them. */
export interface KafkaFootprint {
  /** `topic: partitions`, sorted; with `retention.ms` and `cleanup.policy` where the topic sets them itself. */
  readonly topics: readonly string[];
  /** `permission operation resourceType patternType name`, sorted. */
  readonly acls: readonly string[];
}

/** Looks with the operator's Kafka user. */
export async function asKafkaOperator<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaOf('operator', localPlatform().secret('kafka-operator-password')).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** @see KafkaFootprint */
export function kafkaFootprint(slug: string): Promise<KafkaFootprint> {
  const names = tenantNames(slug, localPlatform().cell);
  const isOwn = ({ principal }: { readonly principal: string }): boolean => tenantOfKafkaUser(principal.replace(/^User:/, '')) === slug;
  return asKafkaOperator(async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(names.kafkaPrefix));
    const metadata = topics.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics });
    const configs = topics.length === 0 ? {} : await ownConfigs(admin, topics);
    const acls = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    });
    return {
      topics: metadata.topics
        .map(({ name, partitions }) => [`${name}: ${partitions.length}`, configs[name]].filter(Boolean).join(' '))
        .sort(),
      acls: acls.resources
        .flatMap(({ resourceType, resourcePatternType, resourceName, acls: entries }) =>
          entries
            .filter(isOwn)
            .map(({ operation, permissionType }) =>
              [
                nameIn(AclPermissionTypes, permissionType),
                nameIn(AclOperationTypes, operation),
                nameIn(AclResourceTypes, resourceType),
                nameIn(ResourcePatternTypes, resourcePatternType),
                resourceName,
              ].join(' '),
            ),
        )
        .sort(),
    };
  });
}

async function ownConfigs(admin: Admin, topics: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: ['retention.ms', 'cleanup.policy'] })),
  });
  return Object.fromEntries(
    described.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      configEntries
        .filter(({ isDefault }) => !isDefault)
        .map(({ configName, configValue }) => `${configName}=${configValue}`)
        .sort()
        .join(' '),
    ]),
  );
}

/** kafkajs has these enumerations one way only. */
function nameIn(enumeration: object, value: number): string {
  return Object.entries(enumeration).find(([, each]) => each === value)?.[0] ?? String(value);
}
