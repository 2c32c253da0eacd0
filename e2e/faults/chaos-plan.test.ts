import { expect, it } from 'vitest';
import { chaosPlan, shownFault } from './chaos-plan.ts';

it('plans the same faults at the same times for the same seed, and others for another', () => {
  expect(chaosPlan(7, 20)).toEqual(chaosPlan(7, 20));
  expect(chaosPlan(7, 20)).not.toEqual(chaosPlan(8, 20));
});

it('has a fault every twenty seconds, and in twenty minutes every kind of them at least once', () => {
  const plan = chaosPlan(1, 20);
  expect(plan.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 60 }, (_, place) => place * 20_000));
  const kinds = new Set(plan.map(({ fault }) => shownFault(fault).replace(/ for \d+ ms/, '')));
  expect(kinds.size).toBe(29);
});

it('lets no fault last into the next one by itself', () => {
  for (const { fault } of chaosPlan(3, 60)) if ('forMs' in fault) expect(fault.forMs).toBeLessThan(13_000);
});
