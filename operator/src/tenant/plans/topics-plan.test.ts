import { expect, it } from 'vitest';
import type { TopicSpec } from '../../kafka/port.ts';
import { topicsPlan } from './topics-plan.ts';

const events: TopicSpec = {
  name: 'acme.events',
  partitions: 3,
  replicationFactor: 1,
  configs: { 'retention.ms': '5', 'cleanup.policy': 'delete' },
};
const found = (...topics: TopicSpec[]): Map<string, TopicSpec> => new Map(topics.map((topic) => [topic.name, topic]));

it('makes a missing topic and leaves one alone that is as wanted', () => {
  expect(topicsPlan([events], found())).toEqual({ changes: [{ kind: 'create', topic: events }] });
  expect(topicsPlan([events], found(events))).toEqual({ changes: [] });
});

it('grows a topic, and never shrinks one', () => {
  expect(topicsPlan([events], found({ ...events, partitions: 2 }))).toEqual({
    changes: [{ kind: 'grow', name: 'acme.events', from: 2, to: 3 }],
  });
  expect(topicsPlan([events], found({ ...events, partitions: 4 }))).toMatchObject({ refused: { reason: 'Conflict' } });
});

it('puts settings back: changed, missing and foreign ones', () => {
  const changed = { ...events, configs: { 'retention.ms': '9', 'max.message.bytes': '1' } };
  expect(topicsPlan([events], found(changed))).toEqual({
    changes: [
      { kind: 'configure', name: 'acme.events', set: { 'retention.ms': '5', 'cleanup.policy': 'delete' }, remove: ['max.message.bytes'] },
    ],
  });
});

it('leaves topics alone that the spec no longer names: they hold data', () => {
  expect(topicsPlan([events], found(events, { ...events, name: 'acme.old' }))).toEqual({ changes: [] });
});
