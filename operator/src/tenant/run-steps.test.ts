import { expect, it } from 'vitest';
import { ApplyFailed } from './converge.ts';
import { runSteps } from './run-steps.ts';
import type { Outcome, Step } from './step.ts';

const step = (name: string, run: () => Promise<Outcome>): Step => ({ name, condition: 'RolesReady', run });
const done = (name: string) => step(name, async () => ({ kind: 'done', message: 'As wanted.', changed: [`changed by ${name}`] }));
const failing = (error: Error) => step('failing', () => Promise.reject(error));
const run = (...steps: Step[]) => runSteps(steps, {} as never, () => {});
const brief = async (...steps: Step[]) => (await run(...steps)).results.map(({ state, status, reason }) => `${state} ${status} ${reason}`);

it('runs to the end when every step is done, and gathers what was changed', async () => {
  const { results, changed, error } = await run(done('a'), done('b'));
  expect(results.map(({ status }) => status)).toEqual(['True', 'True']);
  expect(changed).toEqual(['changed by a', 'changed by b']);
  expect(error).toBeUndefined();
});

it('stops at the first that is not done and says nothing it has not seen about the rest', async () => {
  const waiting = step('waiting', async () => ({ kind: 'waiting', message: 'Later.', retryAfterMs: 70 }));
  expect(await brief(done('a'), waiting, done('c'))).toEqual(['Done True Done', 'Waiting False Waiting', 'NotReached Unknown NotReached']);
  expect((await run(waiting)).retryAfterMs).toBe(70);
});

it('is blocked with the step’s own reason', async () => {
  const blocked = step('blocked', async () => ({ kind: 'blocked', reason: 'Conflict', message: 'Not ours.' }));
  expect(await brief(blocked)).toEqual(['Blocked False Conflict']);
});

it('is Unknown when it could not look, False when a change was refused', async () => {
  expect(await brief(failing(new Error('connection refused')))).toEqual(['Failed Unknown ObservationFailed']);
  expect(await brief(failing(new ApplyFailed('permission denied')))).toEqual(['Failed False ApplyFailed']);
});

it('hands the error on for the one place that logs it', async () => {
  const error = new Error('connection refused');
  expect((await run(failing(error))).error).toBe(error);
});

it('looks again soon when only its view was old', async () => {
  const conflict = Object.assign(new Error('conflict'), { reason: 'Conflict' });
  const { results, retryAfterMs, error } = await run(failing(new ApplyFailed('conflict', { cause: conflict })));
  expect([results[0]?.state, retryAfterMs, error]).toEqual(['Waiting', 200, undefined]);
});

it('writes no status about a process that must not write any more', async () => {
  const fenced = Object.assign(new Error('fenced'), { name: 'FencedError' });
  await expect(run(failing(fenced))).rejects.toBe(fenced);
});
