import { expect, it } from 'vitest';
import { ProjectionLag } from './projection-lag.ts';

it('is the age of the oldest event that waits, then what the last one had, then nothing', () => {
  let now = 100_000;
  const lag = new ProjectionLag(() => now);
  expect(lag.seconds()).toBe(0);
  lag.began('a:0', 98_000);
  lag.began('b:0', 99_000);
  expect(lag.seconds()).toBe(2);
  now = 101_000;
  lag.ended('a:0');
  expect(lag.seconds()).toBe(3);
  lag.ended('b:0');
  expect(lag.seconds()).toBe(2);
  now = 112_000;
  expect(lag.seconds()).toBe(0);
});

it('counts from when a place first waited, however often it is said again', () => {
  const lag = new ProjectionLag(() => 100_000);
  lag.waits('acme', 95_000);
  lag.waits('acme', 99_000);
  expect(lag.seconds()).toBe(5);
  lag.waits('acme', 90_000);
  expect(lag.seconds()).toBe(10);
  lag.ended('acme');
  lag.waits('acme', 99_000);
  expect(lag.seconds()).toBe(10);
});
