import { sharedEventsTopic } from '@tenantry/contracts';
import type { TopicSpec } from '../../kafka/port.ts';
import { converge, type Plan } from '../converge.ts';
import { type EffectiveTopic, EVENTS } from '../effective-spec.ts';
import { topicDifferences } from '../plans/topic-differences.ts';
import { describeTopicChange, type TopicChange, topicsPlan } from '../plans/topics-plan.ts';
import type { Step } from '../step.ts';
import type { Ports, TenantPass } from '../tenant-pass.ts';

/** Somebody may have removed topics, or raised the budget: neither is told. */
const LOOK_FOR_ROOM_MS = 15_000;

/** `<slug>.events` and the topics of the spec, or the topic the tenant shares. */
export const topicsStep: Step = {
  name: 'topics',
  condition: 'TopicsReady',
  run: async (pass) => {
    const wanted = wantedTopics(pass);
    const { kafka } = pass.ports;
    let found: ReadonlyMap<string, TopicSpec> = new Map();
    const outcome = await converge(pass, {
      look: async () => {
        found = await kafka.topics(wanted.map(({ name }) => name));
        pass.seen.topics = found.size;
        pass.seen.topicPartitions = topicPartitions(pass, found);
        const plan = topicsPlan(pass.spec.topicMode === 'Shared' ? wanted.map((topic) => asFound(topic, found)) : wanted, found);
        return pass.reportOnly ? plan : withinBudget(pass, plan);
      },
      apply: async (changes) => {
        // Topics need nothing of each other, and those of many tenants leave in one request.
        await Promise.all(changes.map((change) => apply(kafka, change)));
      },
      describe: describeTopicChange,
      differences: (change) => topicDifferences(change, found),
      done: () => `As wanted: ${wanted.map(({ name }) => name).join(', ')}.`,
    });
    const isFull = outcome.kind === 'blocked' && outcome.reason === 'PartitionBudgetExceeded';
    return isFull ? { ...outcome, lookAgainAfterMs: LOOK_FOR_ROOM_MS } : outcome;
  },
};

/** More partitions would send a tenant's events to another one, and the later could be read before the earlier. */
function asFound(topic: TopicSpec, found: ReadonlyMap<string, TopicSpec>): TopicSpec {
  return { ...topic, partitions: found.get(topic.name)?.partitions ?? topic.partitions };
}

/** The plan, or why there is no room for it. */
async function withinBudget({ ports, place }: TenantPass, plan: Plan<TopicChange>): Promise<Plan<TopicChange>> {
  if ('refused' in plan || ports.partitions === undefined) return plan;
  const more = new Map(plan.changes.flatMap((change) => partitionsOf(change)));
  const lack = more.size === 0 ? undefined : await ports.partitions.take(more);
  if (lack === undefined) return plan;
  const message = `${[...more].map(([name, count]) => `${name} (${count} more)`).join(', ')} would bring cell ${place.cell.name} to ${lack.wanted} of its ${lack.budget} partitions. Give the tenant a class with shared topics, remove topics that nobody needs, or raise kafka.partitionBudget in cells.json.`;
  return { refused: { reason: 'PartitionBudgetExceeded', message } };
}

function partitionsOf(change: TopicChange): [topic: string, more: number][] {
  if (change.kind === 'create') return [[change.topic.name, change.topic.partitions]];
  return change.kind === 'grow' ? [[change.name, change.to - change.from]] : [];
}

/** Topics as Kafka should hold them. */
export function wantedTopics({ names, spec, place }: Pick<TenantPass, 'names' | 'spec' | 'place'>): TopicSpec[] {
  const { replicationFactor, sharedTopicPartitions = SHARED_PARTITIONS } = place.cell.kafka;
  const topicOf = (name: string, { partitions, retentionMs, cleanupPolicy }: EffectiveTopic): TopicSpec => ({
    name,
    partitions,
    replicationFactor,
    configs: { 'retention.ms': String(retentionMs), 'cleanup.policy': cleanupPolicy },
  });
  if (spec.topicMode === 'Shared') return [topicOf(sharedEventsTopic(place.cell.name), { ...EVENTS, partitions: sharedTopicPartitions })];
  return spec.topics.map((topic) => topicOf(names.topic(topic.name), topic));
}

/** So many consumers may share the work of a cell's small tenants. */
const SHARED_PARTITIONS = 12;

/** What a later spec may not go below. `events` is not in the spec. */
function topicPartitions({ names, tenant }: TenantPass, found: ReadonlyMap<string, TopicSpec>): { name: string; partitions: number }[] {
  return tenant.spec.messaging.topics.flatMap(({ name }) => {
    const partitions = found.get(names.topic(name))?.partitions;
    return partitions === undefined ? [] : [{ name, partitions }];
  });
}

function apply(kafka: Ports['kafka'], change: TopicChange): Promise<void> {
  switch (change.kind) {
    case 'create':
      return kafka.createTopic(change.topic);
    case 'grow':
      return kafka.growTopic(change.name, change.to);
    case 'configure':
      return kafka.setTopicConfigs(change.name, change.set, change.remove);
  }
}
