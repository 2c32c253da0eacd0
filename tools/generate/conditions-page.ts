import { CONDITIONS, type ConditionType, REASONS, type ReasonEntry } from '@tenantry/contracts';
import { pageHead, table } from './markdown.ts';

/** One entry a type: a new type does not compile until it says what it means. */
const MEANINGS: Readonly<Record<ConditionType, string>> = {
  Ready: 'sums up: everything equals the spec',
  Reconciling: '`True` while the operator works on it',
  Stalled: '`True` when only a person can help; the reason says with what',
  RolesReady: 'the PostgreSQL roles exist, with the memberships they need and no others',
  SchemaReady: 'the schema exists and belongs to the owner role',
  SchemaMigrated: 'the schema is at the version of this operator',
  GrantsReady: 'the roles may do what the lifecycle state allows, and no more',
  TopicsReady: 'the Kafka topics exist with their partitions and settings',
  KafkaAccessReady: 'the Kafka user and its access rules exist, and no others of this tenant',
  QueuesReady: 'the queues of the spec, the vhost and the login exist in RabbitMQ, and nothing is there that should not be',
  CacheReady: 'the Redis user of a dedicated tenant’s replicas exists and reaches its own keys and channels only; a pooled tenant has none',
  FilesReady:
    'the IAM role of a dedicated tenant’s replicas reaches the tenant’s own files only, and the bucket’s lifecycle rules are there',
  IdentityReady: 'the Keycloak organization, its groups and the machine client exist',
  SecretReady: 'the Secret with the credentials exists',
  WorkloadReady: 'the replicas of a dedicated tenant run the wanted image; a pooled one needs none',
  Registered: 'the registry row says what the data plane needs to know',
  Serving: 'a real request as the tenant was answered',
  BackedUp: 'only while a Tenant with `deletionPolicy: Snapshot` is being deleted: its last backup was made and proven by restoring it',
  CredentialsCurrent: 'the credentials are in use as the registry says; the message tells until when the previous ones work',
  EventsRouted: 'events are published on the topic that the class wants: the tenant’s own or the shared one',
};

/** Condition types in the order the steps run, and every reason. */
export function conditionsPage(): string {
  const types = CONDITIONS.map((type) => [`\`${type}\``, MEANINGS[type]]);
  const entries: readonly (readonly [string, ReasonEntry])[] = Object.entries(REASONS);
  const reasons = entries.map(([reason, { meaning, remedy }]) => [`\`${reason}\``, meaning, remedy ?? '']);
  const commands = entries.flatMap(([reason, { command }]) => (command === undefined ? [] : [[`\`${reason}\``, `\`${command}\``]]));
  return `${pageHead('Conditions and reasons', 'contracts/src/tenant/tenant-conditions.ts')}
A Tenant says how it is in \`status.conditions\`; \`kubectl describe tenant NAME\` shows them with messages. Types and reasons are only ever
added, so scripts and alerts may match on them. A step is \`True\` when it observed what it wants, \`False\` when it did not, and \`Unknown\`
when it could not look. Reasons marked *event* are on Events of the Tenant in namespace \`default\`.

## Types, in the order the steps run

${table(['type', 'meaning'], types)}

## Reasons

${table(['reason', 'meaning', 'what to do'], reasons)}

## The command that helps most

\`kubectl tenantry explain NAME\` prints it, together with the step that holds the tenant up.

${table(['reason', 'command'], commands)}
`;
}
