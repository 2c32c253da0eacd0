import type { DriftItem } from '@tenantry/contracts';
import type { TopicSpec } from '../../kafka/port.ts';
import { driftItem } from './drift-item.ts';
import type { TopicChange } from './topics-plan.ts';

/** What a change of a topic puts right. */
export function topicDifferences(change: TopicChange, found: ReadonlyMap<string, TopicSpec>): readonly DriftItem[] {
  const resource = `kafka/topic/${change.kind === 'create' ? change.topic.name : change.name}`;
  switch (change.kind) {
    case 'create':
      return [driftItem(resource, 'exists', 'yes', 'no')];
    case 'grow':
      return [driftItem(resource, 'partitions', String(change.to), String(change.from))];
    case 'configure': {
      const have = found.get(change.name)?.configs ?? {};
      return [
        ...Object.entries(change.set).map(([name, want]) => driftItem(resource, name, want, have[name] ?? 'unset')),
        ...change.remove.map((name) => driftItem(resource, name, 'unset', have[name] ?? 'unset')),
      ];
    }
  }
}
