import { expect, it } from 'vitest';
import { fairShare } from './fair-share.ts';

const items = [...Array.from({ length: 30 }, (_, index) => `grant ${index}`), 'topic 1', 'topic 2', 'login 1'];
const kind = (item: string) => item.slice(0, 5);

it('keeps everything when it fits', () => {
  expect(fairShare(items, 33, kind)).toEqual(items);
});

it('lets no group hide the others', () => {
  expect(fairShare(items, 5, kind)).toEqual(['grant 0', 'grant 1', 'topic 1', 'topic 2', 'login 1']);
  expect(fairShare(items, 20, kind)).toHaveLength(20);
});
