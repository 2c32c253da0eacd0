import { durationMs, type Tenant, type TenantClass, type TenantQuotas } from '@tenantry/contracts';

/** What the tenant gets once its spec and its class are read together. */
export interface EffectiveSpec {
  readonly mode: 'Pooled' | 'Dedicated';
  /** Replicas of a dedicated tenant; 0 while suspended. */
  readonly replicas: number;
  readonly state: 'Active' | 'ReadOnly' | 'Suspended';
  readonly statementTimeoutMs: number;
  readonly quotas: TenantQuotas;
  readonly topics: readonly EffectiveTopic[];
}

export interface EffectiveTopic {
  /** Without the tenant's prefix. */
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly cleanupPolicy: string;
}

/** Every tenant has it: the relay writes there. Its partitions bound how many consumers of one group share the work. */
const EVENTS: EffectiveTopic = { name: 'events', partitions: 3, retentionMs: durationMs('168h'), cleanupPolicy: 'delete' };

/** Spec and class read together, or the ceilings of the class that the spec breaks, each as a sentence. Pure. */
export function effectiveSpec(
  tenant: Tenant,
  tenantClass: TenantClass,
): { readonly spec: EffectiveSpec; readonly broken?: never } | { readonly broken: readonly string[]; readonly spec?: never } {
  const { workload, messaging, database, quotas } = tenantClass.spec;
  const mode = tenant.spec.workload.mode ?? workload.mode;
  const replicas = tenant.spec.workload.replicas ?? 1;
  const topics = tenant.spec.messaging.topics;
  const name = tenantClass.metadata.name;
  const broken: string[] = [];
  if (!workload.allowedModes.includes(mode))
    broken.push(`spec.workload.mode is ${mode}, but class ${name} allows only ${workload.allowedModes.join(' or ')}`);
  if (mode === 'Dedicated' && replicas > workload.maxReplicas)
    broken.push(`spec.workload.replicas is ${replicas}, but class ${name} allows at most ${workload.maxReplicas}`);
  if (topics.length > messaging.maxTopics)
    broken.push(`spec.messaging.topics has ${topics.length} topics, but class ${name} allows at most ${messaging.maxTopics}`);
  for (const topic of topics) {
    if (topic.name === EVENTS.name) broken.push('spec.messaging.topics has events, which is made for every tenant; name yours otherwise');
    if (topic.partitions > messaging.maxPartitions)
      broken.push(
        `spec.messaging.topics[${topic.name}].partitions is ${topic.partitions}, but class ${name} allows at most ${messaging.maxPartitions}`,
      );
  }
  if (broken.length > 0) return { broken };
  const { state } = tenant.spec.lifecycle;
  return {
    spec: {
      mode,
      replicas: state === 'Suspended' ? 0 : replicas,
      state,
      statementTimeoutMs: durationMs(database.statementTimeout),
      quotas,
      topics: [
        EVENTS,
        ...topics.map(({ name: topic, partitions, retention, cleanupPolicy }) => ({
          name: topic,
          partitions,
          retentionMs: durationMs(retention),
          cleanupPolicy,
        })),
      ],
    },
  };
}
