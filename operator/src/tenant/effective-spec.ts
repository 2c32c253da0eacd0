import { durationMs, type Tenant, type TenantClass, type TenantQuotas } from '@tenantry/contracts';
import type { ClientQuotas } from '../kafka/port.ts';

/** What the tenant gets once its spec and its class are read together. */
export interface EffectiveSpec {
  readonly mode: 'Pooled' | 'Dedicated';
  /** Replicas of a dedicated tenant, the fewest when an autoscaler decides; 0 while suspended. */
  readonly replicas: number;
  /** The spec names no number of replicas: what autoscaling left may stay, up to `maxReplicas`. */
  readonly replicasLeftOpen: boolean;
  /** The class's ceiling. */
  readonly maxReplicas: number;
  /** An autoscaler decides, but for the time of a suspension: it could not hold 0. */
  readonly autoscaling: Autoscaling | undefined;
  readonly state: 'Active' | 'ReadOnly' | 'Suspended';
  readonly statementTimeoutMs: number;
  readonly quotas: TenantQuotas;
  /** Whether its events are on a topic of its own, and clients of its own read them there. */
  readonly topicMode: 'Own' | 'Shared';
  /** Its own ones; none with a shared one. */
  readonly topics: readonly EffectiveTopic[];
  readonly queues: readonly EffectiveQueue[];
  /** Limits of the tenant's own Kafka users, by Kafka's names. */
  readonly kafkaQuotas: ClientQuotas;
}

export interface EffectiveQueue {
  readonly name: string;
  readonly type: 'quorum' | 'classic';
  readonly maxLength: number | undefined;
  readonly deliveryLimit: number;
}

/** Bounds and aim of a dedicated tenant's autoscaler. */
export type Autoscaling = NonNullable<Tenant['spec']['workload']['autoscaling']>;

export interface EffectiveTopic {
  /** Without the tenant's prefix. */
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly cleanupPolicy: string;
}

/** Every tenant has it, its own or the shared one: the relay writes there. Its partitions bound how many consumers of one group share the work. */
export const EVENTS: EffectiveTopic = { name: 'events', partitions: 3, retentionMs: durationMs('168h'), cleanupPolicy: 'delete' };

/** Spec and class read together, or the ceilings of the class that the spec breaks, each as a sentence. Pure. */
export function effectiveSpec(
  tenant: Tenant,
  tenantClass: TenantClass,
): { readonly spec: EffectiveSpec; readonly broken?: never } | { readonly broken: readonly string[]; readonly spec?: never } {
  const { workload, messaging, database, quotas } = tenantClass.spec;
  const mode = tenant.spec.workload.mode ?? workload.mode;
  const { autoscaling } = tenant.spec.workload;
  const replicas = autoscaling?.minReplicas ?? tenant.spec.workload.replicas ?? 1;
  const { topics, queues } = tenant.spec.messaging;
  const name = tenantClass.metadata.name;
  const broken: string[] = [];
  if (!workload.allowedModes.includes(mode))
    broken.push(`spec.workload.mode is ${mode}, but class ${name} allows only ${workload.allowedModes.join(' or ')}`);
  if (mode === 'Dedicated' && autoscaling !== undefined && autoscaling.maxReplicas > workload.maxReplicas)
    broken.push(
      `spec.workload.autoscaling.maxReplicas is ${autoscaling.maxReplicas}, but class ${name} allows at most ${workload.maxReplicas}`,
    );
  else if (mode === 'Dedicated' && replicas > workload.maxReplicas)
    broken.push(`spec.workload.replicas is ${replicas}, but class ${name} allows at most ${workload.maxReplicas}`);
  const { topicMode = 'Own' } = messaging;
  if (topicMode === 'Shared' && topics.length > 0)
    broken.push(`spec.messaging.topics has ${topics.length} topics, but tenants of class ${name} share one and have none of their own`);
  else if (topics.length > messaging.maxTopics)
    broken.push(`spec.messaging.topics has ${topics.length} topics, but class ${name} allows at most ${messaging.maxTopics}`);
  if (queues.length > messaging.maxQueues)
    broken.push(`spec.messaging.queues has ${queues.length} queues, but class ${name} allows at most ${messaging.maxQueues}`);
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
      replicasLeftOpen: tenant.spec.workload.replicas === undefined,
      maxReplicas: workload.maxReplicas,
      autoscaling: mode === 'Dedicated' ? autoscaling : undefined,
      state,
      statementTimeoutMs: durationMs(database.statementTimeout),
      quotas,
      topicMode,
      topics: topicMode === 'Shared' ? [] : [EVENTS, ...topics.map(topicOf)],
      kafkaQuotas: topicMode === 'Shared' ? {} : kafkaQuotasOf(messaging),
      queues: queues.map(({ name: queue, type, maxLength, deliveryLimit }) => ({ name: queue, type, maxLength, deliveryLimit })),
    },
  };
}

function topicOf({ name, partitions, retention, cleanupPolicy }: Tenant['spec']['messaging']['topics'][number]): EffectiveTopic {
  return { name, partitions, retentionMs: durationMs(retention), cleanupPolicy };
}

function kafkaQuotasOf({ producerByteRate, consumerByteRate, requestPercentage }: TenantClass['spec']['messaging']): ClientQuotas {
  const quotas = { producer_byte_rate: producerByteRate, consumer_byte_rate: consumerByteRate, request_percentage: requestPercentage };
  return Object.fromEntries(Object.entries(quotas).filter((quota): quota is [string, number] => quota[1] !== undefined));
}
