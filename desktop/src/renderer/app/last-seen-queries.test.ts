import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query';
import { ProblemError } from '@tenantry/contracts';
import { expect, it, vi } from 'vitest';
import { PlatformError } from '../../platform/platform-error.ts';
import { ApiReach } from './api-reach.ts';
import { lastSeenQueries } from './last-seen-queries.ts';

const AT = '2026-11-23T14:03:00.000Z';
const LIST = ['tenant', 'acme', 'customers', 'list'];

/** A window that has just been opened, on a machine that has kept what `kept` says. */
function opened(kept = new Map<string, string>()) {
  const reach = new ApiReach();
  const store = {
    lastSeen: async (tenant: string, name: string) => {
      const text = kept.get(`${tenant} ${name}`);
      return text === undefined ? null : { at: AT, text };
    },
    keepLastSeen: async (tenant: string, name: string, text: string) => void kept.set(`${tenant} ${name}`, text),
  };
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, persister: lastSeenQueries(store, reach, 0) } } });
  const read = <Data>(queryKey: readonly unknown[], answer: () => Data) =>
    queries.fetchQuery({
      queryKey,
      queryFn: async () => {
        const data = answer();
        reach.answered('acme');
        return data;
      },
    });
  const nobody = (): never => {
    reach.missed('acme');
    throw new TypeError('fetch failed');
  };
  return { kept, reach, queries, read, nobody };
}

it('shows after a restart what was last seen, with its time, and what the api says as soon as it answers', async () => {
  const before = opened();
  await before.read(LIST, () => ['Ada']);
  await vi.waitFor(() => expect(before.kept.size).toBe(1));

  const { reach, queries, read, nobody } = opened(before.kept);
  expect(await read(LIST, nobody)).toEqual(['Ada']);
  const hash = queries.getQueryCache().find({ queryKey: LIST })?.queryHash ?? '';
  expect(reach.asOf('acme', [hash])).toBe(Date.parse(AT));
  expect(await read(LIST, () => ['Ada', 'Grace'])).toEqual(['Ada', 'Grace']);
  expect(reach.asOf('acme', [hash])).toBeGreaterThan(Date.parse(AT));
});

it('leaves on screen what is on screen, which may be younger than what was kept', async () => {
  const { queries, read, nobody } = opened(new Map([[`acme ${JSON.stringify(LIST)}`, '["old"]']]));
  await read(LIST, () => ['Ada']);
  queries.setQueryData(LIST, ['Ada, changed by the stream']);
  expect(await read(LIST, nobody)).toEqual(['Ada, changed by the stream']);
});

it('shows nothing in place of a refusal, nor of what was never seen, nor of another tenant’s', async () => {
  const { kept, reach, read, nobody } = opened();
  await read(LIST, () => ['Ada']);
  await vi.waitFor(() => expect(kept.size).toBe(1));
  const later = opened(kept);
  await expect(
    later.read(LIST, () => {
      later.reach.answered('acme');
      throw new Error('403');
    }),
  ).rejects.toThrow('403');
  await expect(read([...LIST, 'never'], nobody)).rejects.toThrow('fetch failed');
  reach.missed('globex');
  await expect(read(['tenant', 'globex', 'customers', 'list'], nobody)).rejects.toThrow('fetch failed');
});

it('leaves on screen what is on screen while the person has to sign in again, in either view', async () => {
  const { queries, read } = opened();
  const refusal = { type: 'about:blank', title: 'No token', status: 401, code: 'token-missing', detail: 'Sign in.', instance: '' } as const;
  const tenantList = () => {
    throw new ProblemError(refusal, null);
  };
  const platformList = () => {
    throw new PlatformError({ code: 'not-signed-in', title: 'You are not signed in', detail: 'Sign in again.' });
  };
  await expect(read(LIST, tenantList)).rejects.toThrow('token-missing');
  for (const [key, over] of [
    [LIST, tenantList],
    [['platform', 'tenant', 'acme'], platformList],
  ] as const) {
    await read(key, () => ['Ada']);
    expect(await read(key, over)).toEqual(['Ada']);
    expect(queries.getQueryState(key)?.error).toBeNull();
  }
});

it('keeps neither audit nor members, and of a long list its beginning', async () => {
  const { kept, read } = opened();
  await read(['tenant', 'acme', 'audit'], () => ['secret']);
  await read(['tenant', 'acme', 'users'], () => ['secret']);
  await read(LIST, () => ({ pages: [['Ada'], ['Grace']], pageParams: [null, 'cursor'] }));
  await vi.waitFor(() => expect(kept.size).toBe(1));
  expect([...kept.values()]).toEqual([JSON.stringify({ pages: [['Ada']], pageParams: [null] })]);
});

it('tells who scrolls on that there is no more now, and keeps the rows before', async () => {
  const { reach, queries, nobody } = opened();
  let isAway = false;
  const list = new InfiniteQueryObserver(queries, {
    queryKey: LIST,
    initialPageParam: 0,
    queryFn: async ({ pageParam }) => {
      if (isAway) nobody();
      reach.answered('acme');
      return [pageParam];
    },
    getNextPageParam: (_, all) => all.length,
  });
  const stop = list.subscribe(() => {});
  await vi.waitFor(() => expect(list.getCurrentResult().data?.pages).toEqual([[0]]));
  isAway = true;
  await list.fetchNextPage();
  expect(list.getCurrentResult()).toMatchObject({ isFetchNextPageError: true, data: { pages: [[0]] } });
  await list.refetch();
  expect(list.getCurrentResult()).toMatchObject({ isSuccess: true, data: { pages: [[0]] } });
  stop();
});
