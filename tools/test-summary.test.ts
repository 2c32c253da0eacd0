import { expect, it } from 'vitest';
import { filesWithoutAStage, sum, totalsOf, withTriedAgain } from './test-summary.ts';

const file = (status: string, ...tests: string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((outcome, index) => ({ fullName: `test ${index}`, status: outcome })),
});

it('counts a skipped test as failed, because it proved nothing', () => {
  expect(totalsOf({ testResults: [file('passed', 'passed', 'pending')] })).toMatchObject({ passed: 1, failed: 1 });
});

it('names what cannot run on this machine, with what it lacks, and counts it as neither', () => {
  const skipped = { fullName: 'opens', status: 'skipped', meta: { machineLacks: 'no display' } };
  const { passed, failed, lacking } = totalsOf({ testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [skipped] }] });
  expect([passed, failed, lacking]).toEqual([0, 0, ['opens: no display']]);
});

it('counts a file that broke before its first test as one failure', () => {
  expect(totalsOf({ testResults: [file('failed')] })).toMatchObject({ passed: 0, failed: 1, names: ['broken: a.test.ts'] });
});

it('says at the end why a test failed', () => {
  const failed = { fullName: 'does it', status: 'failed', failureMessages: ['Error: it does not\n    at somewhere'] };
  expect(totalsOf({ testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [failed] }] }).names).toEqual([
    'failed: does it (a.test.ts)\n    Error: it does not\n        at somewhere',
  ]);
});

it('names what passed only when it was tried again, with what it missed', () => {
  const late = { fullName: 'drains', status: 'passed', failureMessages: ['Error: 3 left\n(still so after 30 s)'] };
  expect(totalsOf({ testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [late] }] })).toMatchObject({
    passed: 1,
    failed: 0,
    triedAgain: ['drains (a.test.ts)\n    Error: 3 left\n    (still so after 30 s)'],
  });
});

it('says at the end which hook kept tests from running', () => {
  const stageless = { ...file('failed', 'skipped'), message: 'the pods did not start' };
  expect(totalsOf({ testResults: [stageless] })).toMatchObject({
    failed: 1,
    names: ['skipped: test 0 (a.test.ts)\n    the pods did not start'],
  });
});

it('finds the files to try again: those whose hook failed, not those with a wrong answer', () => {
  const report = {
    testResults: [{ ...file('failed', 'skipped', 'skipped'), name: 'hook.test.ts' }, file('failed', 'failed', 'skipped'), file('failed')],
  };
  expect(filesWithoutAStage(report)).toEqual(['hook.test.ts']);
});

it('takes the second run of a file whose hook failed, and names it as tried again', () => {
  const first = {
    testResults: [
      { ...file('failed', 'skipped'), message: 'the pods did not start' },
      { ...file('passed', 'passed'), name: 'b.test.ts' },
    ],
  };
  expect(totalsOf(withTriedAgain(first, { testResults: [file('passed', 'passed')] }))).toMatchObject({
    passed: 2,
    failed: 0,
    names: [],
    triedAgain: ['test 0 (a.test.ts)\n    its stage broke first: the pods did not start'],
  });
  expect(totalsOf(withTriedAgain(first, { testResults: [file('failed', 'failed')] }))).toMatchObject({ passed: 1, failed: 1 });
});

it('adds runs up', () => {
  const other = { passed: 2, failed: 1, names: ['x'], triedAgain: ['y'] };
  expect(sum([totalsOf({ testResults: [file('passed', 'passed')] }), other])).toEqual({
    passed: 3,
    failed: 1,
    names: ['x'],
    triedAgain: ['y'],
    lacking: [],
  });
});
