import { expect, it } from 'vitest';
import { timingsTable, withRun } from './timings.ts';

const ready = (name: string, installSeconds: number, startSeconds: number) => ({
  part: { name },
  state: 'ready' as const,
  installSeconds,
  startSeconds,
});

it('keeps the last cold and the last warm time of each part', () => {
  const first = withRun({}, [ready('kafka', 30.12, 9)], { cold: true, at: 'monday' });
  const second = withRun(first, [ready('kafka', 0, 4.04)], { cold: false, at: 'tuesday' });
  expect(second.kafka).toEqual({ cold: { install: 30.1, start: 9, at: 'monday' }, warm: { install: 0, start: 4, at: 'tuesday' } });
});

it('counts a part that was installed in a later run as cold', () => {
  expect(withRun({}, [ready('kafka', 12, 5)], { cold: false, at: 'now' }).kafka?.warm).toBeUndefined();
});

it('does not record a part that did not come up', () => {
  expect(withRun({}, [{ ...ready('kafka', 0, 0), state: 'failed' }], { cold: true, at: 'now' })).toEqual({});
});

it('shows a dash for what was never measured', () => {
  expect(timingsTable({ kafka: { warm: { install: 0, start: 4, at: '' } } })).toMatch(/kafka +- +- +4\.0$/);
});
