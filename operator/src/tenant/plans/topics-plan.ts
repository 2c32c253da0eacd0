import type { TopicSpec } from '../../kafka/port.ts';
import type { Plan } from '../converge.ts';

export type TopicChange =
  | { readonly kind: 'create'; readonly topic: TopicSpec }
  | { readonly kind: 'grow'; readonly name: string; readonly from: number; readonly to: number }
  | {
      readonly kind: 'configure';
      readonly name: string;
      readonly set: Readonly<Record<string, string>>;
      readonly remove: readonly string[];
    };

/**
 * Topics to make, grow or configure. Partitions never shrink (Kafka cannot) and topics the spec no longer names are left alone:
 * they hold the tenant's data, and only a purge deletes data.
 */
export function topicsPlan(wanted: readonly TopicSpec[], found: ReadonlyMap<string, TopicSpec>): Plan<TopicChange> {
  const changes: TopicChange[] = [];
  for (const topic of wanted) {
    const existing = found.get(topic.name);
    if (existing === undefined) {
      changes.push({ kind: 'create', topic });
      continue;
    }
    if (existing.partitions > topic.partitions)
      return {
        refused: {
          reason: 'Conflict',
          message: `Topic ${topic.name} has ${existing.partitions} partitions, more than the ${topic.partitions} asked for; Kafka cannot take partitions away.`,
        },
      };
    if (existing.partitions < topic.partitions)
      changes.push({ kind: 'grow', name: topic.name, from: existing.partitions, to: topic.partitions });
    const set = Object.fromEntries(Object.entries(topic.configs).filter(([key, value]) => existing.configs[key] !== value));
    const remove = Object.keys(existing.configs).filter((key) => !(key in topic.configs));
    if (Object.keys(set).length > 0 || remove.length > 0) changes.push({ kind: 'configure', name: topic.name, set, remove });
  }
  return { changes };
}

/** One change in a few words, for events and messages. */
export function describeTopicChange(change: TopicChange): string {
  if (change.kind === 'create') return `topic ${change.topic.name}`;
  if (change.kind === 'grow') return `partitions of topic ${change.name} (${change.from} → ${change.to})`;
  return `settings of topic ${change.name} (${[...Object.keys(change.set), ...change.remove].join(', ')})`;
}
