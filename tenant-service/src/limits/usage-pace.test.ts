import { expect, it } from 'vitest';
import { TenantUsage } from './tenant-usage.ts';
import { UsagePace } from './usage-pace.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const SECOND = 1000;
const MINUTE = 60 * SECOND;

function used(requests: number): TenantUsage {
  const usage = new TenantUsage(NOW);
  for (let count = 0; count < requests; count += 1) usage.countRequest();
  return usage;
}

/** First whole second from now on at which something is due. */
const firstSecond = (isDue: (now: number) => boolean): number => {
  let second = 0;
  while (!isDue(NOW + second * SECOND)) second += 1;
  return second;
};

it('requests of a calm tenant are written every five minutes, of a busy one or one near its limit every ten seconds', () => {
  const pace = new UsagePace(NOW);
  pace.flushes(NOW);
  const due = (requests: number, requestsPerDay: number) => firstSecond((now) => pace.isFlushDue(used(requests), { requestsPerDay }, now));
  expect(due(999, 100_000)).toBe(300);
  expect(due(1000, 100_000)).toBe(10);
  expect(due(8, 10)).toBe(10);
  expect(pace.isFlushDue(used(0), {}, NOW + 60 * MINUTE)).toBe(false);
});

it('tenants that came at once are written one after the other', () => {
  const paces = [0, 0.25, 0.5, 0.75].map((share) => new UsagePace(NOW, share));
  expect(paces.map((pace) => firstSecond((now) => pace.isFlushDue(used(1), {}, now)))).toEqual([300, 225, 150, 75]);
});

it('tenants that came at once are measured at once, and one after the other from then on', () => {
  const paces = [0.25, 0.5, 0.75].map((share) => new UsagePace(NOW, share));
  for (const pace of paces) {
    expect(pace.isMeasureDue(NOW)).toBe(true);
    pace.measures(NOW)([]);
  }
  const seconds = paces.map((pace) => firstSecond((now) => pace.isMeasureDue(now)));
  expect(seconds).toEqual([75, 150, 225]);
  paces.forEach((pace, at) => {
    const then = NOW + (seconds[at] as number) * SECOND;
    pace.measures(then)([]);
    expect(firstSecond((now) => pace.isMeasureDue(now))).toBe((seconds[at] as number) + 300);
  });
});

it('a level is measured the more often the nearer it is to its limit, and again in a minute when it could not be', () => {
  const pace = new UsagePace(NOW);
  pace.measures(NOW)([]);
  const next = (used: number | undefined): number => {
    const measured = pace.measures(NOW);
    if (used !== undefined) measured([{ quota: 'customers', limit: 100, used }]);
    return firstSecond((now) => pace.isMeasureDue(now));
  };
  expect([next(10), next(50), next(80), next(undefined)]).toEqual([300, 60, 10, 60]);
});
