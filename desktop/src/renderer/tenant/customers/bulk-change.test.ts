import { BATCH_ITEMS_MAX, type CustomerBatchItem, type CustomerBatchResult, type CustomerListItem } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { bulkItem, changeMany } from './bulk-change.ts';

const customer = (at: number, over: Partial<CustomerListItem> = {}): CustomerListItem => ({
  id: `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`,
  name: `Person ${at}`,
  version: 2,
  tags: ['vip'],
  status: 'active',
  ...over,
});

async function* pagesOf(rows: readonly CustomerListItem[], size: number): AsyncGenerator<readonly CustomerListItem[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size);
}

it('a customer that is so already is left alone', () => {
  expect(bulkItem({ kind: 'addTag', tag: 'vip' }, customer(1))).toBeUndefined();
  expect(bulkItem({ kind: 'removeTag', tag: 'new' }, customer(1))).toBeUndefined();
  expect(bulkItem({ kind: 'status', status: 'active' }, customer(1))).toBeUndefined();
  expect(bulkItem({ kind: 'addTag', tag: 'new' }, customer(1))).toMatchObject({ version: 2, patch: { tags: ['vip', 'new'] } });
});

it('many are sent in batches the API takes, and every refusal is named', async () => {
  const rows = Array.from({ length: BATCH_ITEMS_MAX + 150 }, (_, at) => customer(at, at === 3 ? { status: 'blocked' } : {}));
  const sent: (readonly CustomerBatchItem[])[] = [];
  const send = async (items: readonly CustomerBatchItem[]): Promise<readonly CustomerBatchResult[]> => {
    sent.push(items);
    return items.map((item) => {
      if ('id' in item && item.id !== rows[7]?.id) return { status: 200 };
      const problem = {
        type: 'https://tenantry.dev/problems/version-stale',
        title: 'stale',
        status: 412,
        detail: 'x',
        instance: '',
        code: 'version-stale',
      } as const;
      return { status: 412, problem };
    });
  };
  const progress: number[] = [];
  const outcome = await changeMany({
    change: { kind: 'status', status: 'blocked' },
    customers: pagesOf(rows, 200),
    send,
    onProgress: (done) => progress.push(done),
    signal: new AbortController().signal,
  });
  expect(sent.map((items) => items.length)).toEqual([BATCH_ITEMS_MAX, 149]);
  expect(outcome).toMatchObject({
    changed: BATCH_ITEMS_MAX + 148,
    unchanged: 1,
    failures: [{ customer: { name: 'Person 7' }, title: 'stale' }],
  });
  expect(progress.at(-1)).toBe(rows.length);
});

it('nothing more is sent once it is stopped', async () => {
  const stop = new AbortController();
  let batches = 0;
  const outcome = await changeMany({
    change: { kind: 'delete' },
    customers: pagesOf(
      Array.from({ length: BATCH_ITEMS_MAX * 3 }, (_, at) => customer(at)),
      BATCH_ITEMS_MAX,
    ),
    send: async (items) => {
      batches += 1;
      stop.abort();
      return items.map(() => ({ status: 204 }));
    },
    onProgress: () => {},
    signal: stop.signal,
  });
  expect([batches, outcome.changed]).toEqual([1, BATCH_ITEMS_MAX]);
});
