import { expect, it } from 'vitest';
import type { PlatformViewAccess } from '../../../platform/platform-view-access.ts';
import type { TenantRow, TenantsNotice } from '../../../platform/platform-view-questions.ts';
import { afterNotice, EMPTY_LIST, TenantList } from './tenant-list.ts';

const row = (name: string, version = '1') => ({ name, version }) as TenantRow;
const notice = (sequence: number, more: Partial<TenantsNotice> = {}): TenantsNotice => ({
  sequence,
  reset: false,
  complete: true,
  changed: [],
  gone: [],
  connection: { state: 'live' },
  ...more,
});

it('grows, changes and shrinks with what is told, and keeps its rows when only the connection changed', () => {
  const first = afterNotice(EMPTY_LIST, notice(7, { reset: true, changed: [row('a'), row('b')] }));
  const second = first && afterNotice(first, notice(8, { changed: [row('b', '2')], gone: ['a'] }));
  expect(second && [...second.rows.values()]).toEqual([row('b', '2')]);
  const third = second && afterNotice(second, notice(9, { connection: { state: 'connecting' } }));
  expect(third?.rows).toBe(second?.rows);
  expect(third?.connection).toEqual({ state: 'connecting' });
});

it('forgets everything when the list begins anew', () => {
  const before = { ...EMPTY_LIST, rows: new Map([['old', row('old')]]), isComplete: true, sequence: 3 };
  expect(afterNotice(before, notice(4, { reset: true, complete: false, changed: [row('new')] }))).toMatchObject({
    rows: new Map([['new', row('new')]]),
    isComplete: false,
  });
});

it('asks again when a notice is missing, instead of showing a list with a hole', () => {
  let tell: (told: TenantsNotice) => void = () => {};
  let follows = 0;
  const access = {
    ask: async () => {
      follows += 1;
    },
    on: (_: string, listener: (told: TenantsNotice) => void) => {
      tell = listener;
      return () => {};
    },
  } as unknown as PlatformViewAccess;
  const list = new TenantList(access);
  list.subscribe(() => {});
  tell(notice(1, { reset: true, changed: [row('a')] }));
  expect(follows).toBe(1);
  tell(notice(3, { changed: [row('b')] }));
  expect(follows).toBe(2);
  expect([...list.current().rows.keys()]).toEqual(['a']);
});

it('says why when it cannot even be asked for', async () => {
  const access = {
    ask: () => Promise.reject(new Error('The cluster does not answer')),
    on: () => () => {},
  } as unknown as PlatformViewAccess;
  const list = new TenantList(access);
  const changed = new Promise<void>((resolve) => void list.subscribe(resolve));
  await changed;
  expect(list.current().connection).toMatchObject({ state: 'reconnecting', why: 'The cluster does not answer' });
});
