import { expect, it } from 'vitest';
import { nameProblems } from './names.ts';

it('refuses a file called after nothing', () => {
  expect(nameProblems(['operator/src/utils.ts', 'stack/src/common/x.ts'])).toHaveLength(2);
});

it('refuses a source file that is not kebab-case', () => {
  expect(nameProblems(['operator/src/WorkQueue.ts'])).toEqual(['operator/src/WorkQueue.ts: source files are kebab-case']);
});

it('accepts tests and declarations beside their subject', () => {
  expect(nameProblems(['operator/src/control/work-queue.test.ts', 'vitest.config.ts', 'a/b.integration.test.ts'])).toEqual([]);
});
