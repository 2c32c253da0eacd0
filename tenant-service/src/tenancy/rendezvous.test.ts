import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rendezvous } from './rendezvous.ts';

it('picks the same distinct places every time', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 4 }), (key, size, count) => {
      const places = rendezvous(key, size, count);
      expect(places).toEqual(rendezvous(key, size, count));
      expect(new Set(places).size).toBe(Math.min(size, count));
      for (const place of places) expect(place).toBeLessThan(size);
    }),
  );
});

it('spreads keys, and one more place moves only keys that go there', () => {
  const keys = Array.from({ length: 2000 }, (_, at) => `tenant-${at}`);
  const counts = new Array<number>(8).fill(0);
  let moved = 0;
  for (const key of keys) {
    const [before] = rendezvous(key, 8, 1) as [number];
    const [after] = rendezvous(key, 9, 1) as [number];
    counts[before] = (counts[before] ?? 0) + 1;
    if (before !== after) {
      moved += 1;
      expect(after).toBe(8);
    }
  }
  for (const count of counts) expect(count).toBeGreaterThan(150);
  expect(moved / keys.length).toBeLessThan(0.18);
});
