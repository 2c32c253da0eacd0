import { expect, it } from 'vitest';
import { TenantUsage } from './tenant-usage.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const TOMORROW = NOON + 86_400_000;

it('hands each request to the database once, under its own day', () => {
  const usage = new TenantUsage(NOON);
  usage.countRequest();
  usage.countRefusal();
  usage.turnTo(TOMORROW);
  usage.countRequest();
  expect(usage.takeUnwritten(TOMORROW)).toEqual([
    { day: '2026-11-22', requests: 1, refused: 1 },
    { day: '2026-11-23', requests: 1, refused: 0 },
  ]);
  expect(usage.takeUnwritten(TOMORROW)).toEqual([]);
  expect(usage.requestsToday).toBe(1);
});

it('keeps what could not be written, and counts it once', () => {
  const usage = new TenantUsage(NOON);
  usage.countRequest();
  const days = usage.takeUnwritten(NOON);
  usage.notWritten(days);
  expect([usage.requestsToday, usage.hasUnwritten]).toEqual([1, true]);
  usage.turnTo(TOMORROW);
  usage.countRequest();
  const later = usage.takeUnwritten(TOMORROW);
  usage.notWritten(later);
  expect(usage.takeUnwritten(TOMORROW)).toEqual(later);
  expect(usage.requestsToday).toBe(1);
});

it('names a day once that ended while a part of it was being written in vain', () => {
  const usage = new TenantUsage(NOON);
  usage.countRequest();
  const onTheWay = usage.takeUnwritten(NOON);
  usage.countRequest();
  usage.countRefusal();
  usage.turnTo(TOMORROW);
  usage.notWritten(onTheWay);
  expect(usage.takeUnwritten(TOMORROW)).toEqual([{ day: '2026-11-22', requests: 2, refused: 1 }]);
});

it('takes the database’s word for the day it is about, and keeps what could not be counted', () => {
  const usage = new TenantUsage(NOON);
  usage.read({ day: '2026-11-22', requests: 40, customers: 5, storageBytes: 100 });
  usage.countRequest();
  usage.read({ day: '2026-11-21', requests: 9000 });
  expect([usage.requestsToday, usage.customers, usage.storageBytes]).toEqual([41, 5, 100]);
});
