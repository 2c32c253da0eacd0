import { expect, it } from 'vitest';
import { StartUp } from './start-up.ts';

it('takes each tenant at its word once', () => {
  const startUp = new StartUp();
  startUp.begin(['acme', 'globex']);
  expect([startUp.take('acme'), startUp.take('acme'), startUp.take('globex'), startUp.take('initech')]).toEqual([true, false, true, false]);
});

it('looks at a tenant that something happened to before its turn', () => {
  const startUp = new StartUp();
  startUp.begin(['acme', 'globex']);
  startUp.isAskedFor('acme');
  expect([startUp.take('acme'), startUp.take('globex')]).toEqual([false, true]);
});

it('is done when everyone has had a turn or is to be looked at, also without tenants', async () => {
  const empty = new StartUp();
  empty.begin([]);
  await empty.done;
  const startUp = new StartUp();
  let isDone = false;
  void startUp.done.then(() => {
    isDone = true;
  });
  startUp.begin(['acme', 'globex']);
  startUp.take('acme');
  await Promise.resolve();
  expect(isDone).toBe(false);
  startUp.isAskedFor('globex');
  await startUp.done;
});
