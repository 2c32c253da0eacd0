import { expect, it } from 'vitest';
import { sum, totalsOf } from './test-summary.ts';

const file = (status: string, ...tests: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((outcome, index) => ({ fullName: `test ${index}`, status: outcome })),
});

it('counts a skipped test as failed, because it proved nothing', () => {
  expect(totalsOf({ testResults: [file('passed', 'passed', 'pending')] })).toMatchObject({ passed: 1, failed: 1 });
});

it('counts a file that broke before its first test as one failure', () => {
  expect(totalsOf({ testResults: [file('failed')] })).toMatchObject({ passed: 0, failed: 1, names: ['broken: a.test.ts'] });
});

it('adds runs up', () => {
  expect(sum([totalsOf({ testResults: [file('passed', 'passed')] }), { passed: 2, failed: 1, names: ['x'] }])).toEqual({
    passed: 3,
    failed: 1,
    names: ['x'],
  });
});
