import { expect, it } from 'vitest';
import { readViews, withView, writeViews } from './saved-views.ts';

it('keeps filters by name, one of each, and forgets an entry that is damaged', () => {
  let stored: string | null = null;
  const storage = {
    getItem: () => stored,
    setItem: (_: string, value: string) => {
      stored = value;
    },
  };
  const views = withView(withView([], { name: 'stuck', filter: { phase: ['Failing'] } }), {
    name: 'big',
    filter: { class: ['dedicated'] },
  });
  writeViews(storage, withView(views, { name: 'stuck', filter: { phase: ['Stalled'], sort: 'createdAt' } }));
  expect(readViews(storage)).toEqual([
    { name: 'big', filter: { class: ['dedicated'] } },
    { name: 'stuck', filter: { phase: ['Stalled'], sort: 'createdAt' } },
  ]);
  stored = '{"name":';
  expect(readViews(storage)).toEqual([]);
});
