import type { TopicSpec } from '../../kafka/port.ts';
import { converge } from '../converge.ts';
import { describeTopicChange, type TopicChange, topicsPlan } from '../plans/topics-plan.ts';
import type { Step } from '../step.ts';
import type { Ports, TenantPass } from '../tenant-pass.ts';

/** `<slug>.events` and the topics of the spec. */
export const topicsStep: Step = {
  name: 'topics',
  condition: 'TopicsReady',
  run: (pass) => {
    const wanted = wantedTopics(pass);
    const { kafka } = pass.ports;
    return converge(pass, {
      look: async () => {
        const found = await kafka.topics(wanted.map(({ name }) => name));
        pass.seen.topics = found.size;
        return topicsPlan(wanted, found);
      },
      apply: async (changes) => {
        for (const change of changes) await apply(kafka, change);
      },
      describe: describeTopicChange,
      done: () => `As wanted: ${wanted.map(({ name }) => name).join(', ')}.`,
    });
  },
};

/** Topics as Kafka should hold them. */
export function wantedTopics({ names, spec, place }: Pick<TenantPass, 'names' | 'spec' | 'place'>): TopicSpec[] {
  return spec.topics.map(({ name, partitions, retentionMs, cleanupPolicy }) => ({
    name: names.topic(name),
    partitions,
    replicationFactor: place.cell.kafka.replicationFactor,
    configs: { 'retention.ms': String(retentionMs), 'cleanup.policy': cleanupPolicy },
  }));
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
