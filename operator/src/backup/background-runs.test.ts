import { expect, it, vi } from 'vitest';
import { BackgroundRuns } from './background-runs.ts';

function begun(most = 1) {
  const ended: string[] = [];
  const runs = new BackgroundRuns<string>({ most, ended: (key) => ended.push(key) });
  const stop = new AbortController();
  const finished = runs.run(stop.signal);
  return { runs, ended, stop, finished };
}

/** Work that ends when the test says so. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return { run: vi.fn(() => promise), resolve, reject };
}

it('begins once, says that it runs, and tells the result once', async () => {
  const { runs, ended } = begun();
  const one = work();
  expect(runs.ask('a', one.run)).toEqual({ state: 'running' });
  expect(runs.ask('a', one.run)).toEqual({ state: 'running' });
  one.resolve('made');
  await vi.waitFor(() => expect(ended).toEqual(['a']));
  expect(one.run).toHaveBeenCalledTimes(1);
  expect(runs.ask('a', one.run)).toEqual({ state: 'done', value: 'made' });
  expect(runs.ask('a', one.run)).toEqual({ state: 'running' });
});

it('tells an error, and begins anew when it is asked again', async () => {
  const { runs, ended } = begun();
  const failing = work();
  runs.ask('a', failing.run);
  failing.reject(new Error('away'));
  await vi.waitFor(() => expect(ended).toEqual(['a']));
  expect(runs.ask('a', failing.run)).toMatchObject({ state: 'failed', error: new Error('away') });
  const second = work();
  runs.ask('a', second.run);
  await vi.waitFor(() => expect(second.run).toHaveBeenCalled());
});

it('lets no more run at a time than it may', async () => {
  const { runs } = begun(1);
  const [one, two] = [work(), work()];
  runs.ask('a', one.run);
  runs.ask('b', two.run);
  await vi.waitFor(() => expect(one.run).toHaveBeenCalled());
  expect(two.run).not.toHaveBeenCalled();
  one.resolve('made');
  await vi.waitFor(() => expect(two.run).toHaveBeenCalled());
});

it('ends when the last work has ended, begins nothing after the stop, and nothing before it runs', async () => {
  const idle = new BackgroundRuns<string>({ most: 1, ended: () => {} });
  const never = work();
  expect(idle.ask('a', never.run)).toEqual({ state: 'running' });
  const { runs, stop, finished } = begun();
  const one = work();
  runs.ask('a', one.run);
  await vi.waitFor(() => expect(one.run).toHaveBeenCalled());
  stop.abort();
  runs.ask('b', never.run);
  one.resolve('made');
  await finished;
  expect(never.run).not.toHaveBeenCalled();
});
