import { expect, it } from 'vitest';
import { CleanUp } from './clean-up.ts';

it('takes away the last thing first, tries each step once, and tells what it could not take away', async () => {
  const done: string[] = [];
  const said: string[] = [];
  const cleanUp = new CleanUp((line) => said.push(line));
  cleanUp.add(() => done.push('folder'));
  cleanUp.add(
    async () => done.push('database'),
    () => Promise.reject(new Error('the server is gone')),
    () => done.push('load'),
  );
  await cleanUp.run();
  await cleanUp.run();
  expect(done).toEqual(['load', 'database', 'folder']);
  expect(said).toEqual(['clean-up: Error: the server is gone']);
});
