import { expect, it } from 'vitest';
import { FollowedTopics } from './followed-topics.ts';

const tenant = (tenantId: string, state: 'Active' | 'Suspended' | 'Closed') => ({ tenantId, state, eventsTopic: `${tenantId}.events` });

it('follows a tenant that is being closed for a minute, one that was closed before not at all, and one that comes back', () => {
  const topics = new FollowedTopics();
  expect(topics.of([tenant('a', 'Active'), tenant('b', 'Suspended'), tenant('c', 'Closed')], 0)).toEqual(['a.events', 'b.events']);
  const closed = [tenant('a', 'Closed'), tenant('b', 'Suspended')];
  expect(topics.of(closed, 1000)).toEqual(['a.events', 'b.events']);
  expect(topics.of(closed, 60_999)).toEqual(['a.events', 'b.events']);
  expect(topics.of(closed, 61_000)).toEqual(['b.events']);
  expect(topics.of(closed, 62_000)).toEqual(['b.events']);
  expect(topics.of([tenant('a', 'Active'), tenant('b', 'Closed')], 63_000)).toEqual(['a.events', 'b.events']);
});
