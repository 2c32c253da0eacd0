import { expect, it } from 'vitest';
import { ApplyFailed } from './converge.ts';
import { runSteps } from './run-steps.ts';
import type { Outcome, Step } from './step.ts';

const step = (name: string, run: () => Promise<Outcome>): Step => ({ name, condition: 'RolesReady', run });
const done = (name: string) => step(name, async () => ({ kind: 'done', message: 'As wanted.', changed: [`changed by ${name}`] }));
const failing = (error: Error) => step('failing', () => Promise.reject(error));
const reporting = (spec: object) => ({ reportOnly: true, tenant: { spec } }) as never;
const item = (field: string) => ({ resource: 'store/it', field, want: '2', have: '1' });
const differing = (name: string) => step(name, async () => ({ kind: 'differs', drift: [item(name)] }));
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
  expect((await run(blocked)).retryAfterMs).toBeUndefined();
  const unwatched = step('unwatched', async () => ({ kind: 'blocked', reason: 'Conflict', message: 'Not ours.', lookAgainAfterMs: 70 }));
  expect((await run(unwatched)).retryAfterMs).toBe(70);
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

it.each([
  [{ paused: true }, 'Paused', 'while spec.paused is true'],
  [{ paused: false }, 'DriftReported', 'because spec.driftPolicy is Report'],
])('goes on looking after a difference it must leave (%j), and tells of them all', async (spec, reason, because) => {
  const { results, differing: found, error } = await runSteps([differing('a'), done('b'), differing('c')], reporting(spec), () => {});
  expect(results.map(({ state, status, reason: each }) => `${state} ${status} ${each}`)).toEqual([
    `Blocked False ${reason}`,
    'Done True Done',
    `Blocked False ${reason}`,
  ]);
  expect(results[0]?.message).toBe(`Differs, and is left so ${because}: store/it a is 1 instead of 2.`);
  expect(found).toEqual([item('a'), item('c')]);
  expect(error).toBeUndefined();
});

it('says NotReached of what cannot be looked at because of a difference that is left', async () => {
  const { results, error } = await runSteps([differing('a'), failing(new Error('no such schema')), done('c')], reporting({}), () => {});
  expect(results.map(({ state }) => state)).toEqual(['Blocked', 'NotReached', 'NotReached']);
  expect(error).toBeUndefined();
});

it('tells what was put right apart from what differs still', async () => {
  const repaired = step('repaired', async () => ({ kind: 'done', message: 'As wanted.', changed: ['it'], drift: [item('x')] }));
  const unseen = step('unseen', async () => ({ kind: 'waiting', message: 'Not seen yet.', retryAfterMs: 1, drift: [item('y')] }));
  const outcome = await run(repaired, unseen);
  expect([outcome.repaired, outcome.differing]).toEqual([[item('x')], [item('y')]]);
  const refused = new ApplyFailed('no', { drift: [item('z')] });
  expect((await run(failing(refused))).differing).toEqual([item('z')]);
});
