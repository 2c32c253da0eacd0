import type { AccountVersion, LongOperation, Transaction } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import {
  accountEntries,
  changedFields,
  importOf,
  reportEntries,
  type TimelineEntry,
  type TimelinePart,
  timelineOf,
} from './customer-timeline.ts';

const at = (minute: number) => `2026-11-23T10:${String(minute).padStart(2, '0')}:00.000Z`;
const entry = (minute: number): TimelineEntry => ({
  ...{ key: `k${minute}`, at: at(minute), actor: 'ada', kind: 'system', source: 'crm', version: 1, payload: {} },
});
const part = (source: string, minutes: readonly number[], next: string | null): TimelinePart => ({
  ...{ source, entries: minutes.map(entry), next },
});
const shown = (parts: readonly TimelinePart[]) => timelineOf(parts).entries.map(({ key }) => key);

it('many sources become one order, newest first', () => {
  expect(shown([part('a', [9, 5, 1], null), part('b', [8, 6], null)])).toEqual(['k9', 'k8', 'k6', 'k5', 'k1']);
});

it('nothing is shown below the place where a source that goes on has stopped', () => {
  const parts = [part('a', [9, 5], 'more-of-a'), part('b', [8, 4, 2], 'more-of-b')];
  expect(shown(parts)).toEqual(['k9', 'k8', 'k5']);
  expect(timelineOf(parts).next).toEqual({ a: 'more-of-a' });
});

it('read on, it goes on without a gap and without anything twice, to the end', () => {
  const parts = [part('a', [9, 5], 'more-of-a'), part('b', [8, 4, 2], 'more-of-b'), part('a', [3, 1], null)];
  expect(shown(parts)).toEqual(['k9', 'k8', 'k5', 'k4', 'k3', 'k2']);
  expect(timelineOf(parts).next).toEqual({ b: 'more-of-b' });
  const whole = [...parts, part('b', [0], null)];
  expect(shown(whole)).toEqual(['k9', 'k8', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0']);
  expect(timelineOf(whole).next).toBeUndefined();
});

it('a source whose last page was empty holds nothing back', () => {
  expect(shown([part('a', [9], 'more'), part('b', [3], null), part('a', [], null)])).toEqual(['k9', 'k3']);
});

it('a posting shows its transaction; one from the archive at least its amount', () => {
  const posted = (version: number, before: string, after: string): AccountVersion => ({
    ...{ version, change: 'posted', changedAt: at(version), actor: 'ada', traceId: null, before: {}, after: {} },
    changes: [{ pointer: '/balanceMinor', before, after }],
  });
  const transaction = { accountVersion: 3, amountMinor: '250', reference: 'INV-1' } as Transaction;
  const entries = accountEntries('a1', [posted(3, '100', '350'), posted(2, '900000000000000000', '100')], [transaction]);
  expect(entries).toMatchObject([
    { kind: 'booking', amountMinor: '250', transaction: { reference: 'INV-1' } },
    { kind: 'booking', amountMinor: '-899999999999999900', transaction: undefined },
  ]);
});

it('of a change the fields are named, an attribute by its own name', () => {
  const pointers = ['/segment', '/attributes/seats', '/attributes/address/city', '/tags/0', '/tags/1'];
  expect(changedFields(pointers.map((pointer) => ({ pointer })))).toEqual(['segment', 'seats', 'address', 'tags']);
});

const operation = (over: Partial<LongOperation>): LongOperation =>
  ({
    ...{ id: 'o1', kind: 'import', status: 'succeeded', actor: 'ada', request: { resource: 'customers' } },
    ...{ createdAt: at(4), startedAt: at(4), finishedAt: at(6) },
    ...over,
  }) as LongOperation;
const change = { ...entry(5), kind: 'change' } as TimelineEntry;

it.each([
  ['ran then, by the same person', {}, true],
  ['still runs', { finishedAt: null }, true],
  ['was over', { finishedAt: at(4) }, false],
  ['was somebody else’s', { actor: 'grace' }, false],
  ['was of transactions', { request: { resource: 'transactions' } }, false],
  ['was a rehearsal', { request: { resource: 'customers', dryRun: true } }, false],
  ['was an export', { kind: 'export' }, false],
] as const)('a change belongs to an import that %s: %o → %s', (_, over, belongs) => {
  expect(importOf(change, [operation(over as Partial<LongOperation>)]) !== undefined).toBe(belongs);
});

it('of the reports only those of an account of the customer count', () => {
  const report = (accountId: string) => operation({ kind: 'report', request: { report: 'account-statement', parameters: { accountId } } });
  const everything = operation({ kind: 'report', request: { report: 'account-balances', parameters: {} } });
  expect(reportEntries([report('a1'), report('a2'), everything], new Set(['a1']))).toHaveLength(1);
});
