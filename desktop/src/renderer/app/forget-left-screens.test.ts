import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { forgetLeftScreens } from './forget-left-screens.ts';

function begun(most: number) {
  const client = new QueryClient();
  forgetLeftScreens(client.getQueryCache(), most);
  /** Looks at something; returns how to look away. */
  const look = (name: string) => {
    client.setQueryData([name], name);
    return new QueryObserver(client, { queryKey: [name], staleTime: Number.POSITIVE_INFINITY }).subscribe(() => {});
  };
  const known = () =>
    client
      .getQueryCache()
      .getAll()
      .map(({ queryKey: [name] }) => name);
  return { look, known };
}

it('keeps the answers of the last screens, and forgets those that were left first', () => {
  const { look, known } = begun(2);
  for (const name of ['a', 'b', 'c', 'd']) look(name)();
  expect(known()).toEqual(['c', 'd']);
});

it('forgets nothing that is on screen, however long ago it was opened', () => {
  const { look, known } = begun(1);
  look('a');
  for (const name of ['b', 'c']) look(name)();
  expect(known()).toEqual(['a', 'c']);
});

it('takes a screen that somebody came back to as left last', () => {
  const { look, known } = begun(2);
  for (const name of ['a', 'b', 'a', 'c']) look(name)();
  expect(known()).toEqual(['a', 'c']);
});
