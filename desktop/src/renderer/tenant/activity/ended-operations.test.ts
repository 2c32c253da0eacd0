import type { LongOperation } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { endedBetween, ownActivity } from './ended-operations.ts';

const at = (minute: number): string => `2026-11-23T14:0${minute}:00.000Z`;
const operation = (id: string, status: LongOperation['status'], finishedAt: string | null = null, actor = 'grace') => ({
  id,
  status,
  finishedAt,
  actor,
  createdAt: at(0),
});
const ids = (operations: readonly { readonly id: string }[]) => operations.map(({ id }) => id);

it('counts what this person has begun and not what others have', () => {
  const { underWay, unseen } = ownActivity(
    [operation('a', 'running'), operation('b', 'queued'), operation('c', 'running', null, 'alan'), operation('d', 'failed', at(5), 'alan')],
    'grace',
    at(0),
  );
  expect([ids(underWay), unseen]).toEqual([['a', 'b'], []]);
});

it('knows what ended since somebody looked, also while the application was closed', () => {
  const operations = [operation('new', 'succeeded', at(5)), operation('failed', 'failed', at(4)), operation('old', 'succeeded', at(3))];
  const { unseen, until } = ownActivity(operations, 'grace', at(3));
  expect([ids(unseen), until]).toEqual([['new', 'failed'], at(5)]);
  expect(ownActivity(operations, 'grace', until).unseen).toEqual([]);
});

it('calls nothing new to who looks for the first time, nor while it is not known what they have seen', () => {
  const operations = [operation('old', 'succeeded', at(3))];
  expect(ownActivity(operations, 'grace', null)).toMatchObject({ unseen: [], until: at(3) });
  expect(ownActivity(operations, 'grace', undefined).unseen).toEqual([]);
});

it('tells the end of what was under way, once, and not of what was cancelled or had ended before', () => {
  const before = [operation('a', 'running'), operation('b', 'queued'), operation('c', 'running'), operation('d', 'succeeded', at(1))];
  const now = [
    operation('a', 'succeeded', at(5)),
    operation('b', 'running'),
    operation('c', 'cancelled', at(5)),
    operation('d', 'succeeded', at(1)),
  ];
  expect(ids(endedBetween(before, now))).toEqual(['a']);
  expect(endedBetween(now, now)).toEqual([]);
  expect(endedBetween(undefined, now)).toEqual([]);
});

it('tells the end of what was quicker than the next look, and not of what only comes into sight again', () => {
  const quick = { ...operation('quick', 'succeeded', at(2)), createdAt: at(1) };
  const old = { ...operation('old', 'succeeded', at(0)), createdAt: '2026-11-22T14:00:00.000Z' };
  expect(ids(endedBetween([operation('a', 'running')], [quick, operation('a', 'running'), old]))).toEqual(['quick']);
  expect(ids(endedBetween([], [quick]))).toEqual(['quick']);
});
