import { expect, it } from 'vitest';
import { Late } from './late.ts';

it('loads nothing before it is used, and once however many use it', async () => {
  let loads = 0;
  const late = new Late(async () => ++loads);
  expect(loads).toBe(0);
  expect(await Promise.all([late.get(), late.get()])).toEqual([1, 1]);
  expect(await late.get()).toBe(1);
});

it('tries a load that failed again with the next use', async () => {
  const outcomes = [() => Promise.reject(new Error('no such file')), () => Promise.resolve('there')];
  const late = new Late<string>(() => outcomes.shift()?.() ?? Promise.reject(new Error('asked too often')));
  await expect(late.get()).rejects.toThrow('no such file');
  expect(await late.get()).toBe('there');
});

it('closes what was used, and does not load anything to close it', async () => {
  const closed: string[] = [];
  const late = new Late(async () => 'queue');
  await late.ifUsed((value) => closed.push(value));
  expect(closed).toEqual([]);
  await late.get();
  await late.ifUsed((value) => closed.push(value));
  expect(closed).toEqual(['queue']);
  const broken = new Late<string>(() => Promise.reject(new Error('no such file')));
  const used = broken.get();
  await expect(broken.ifUsed((value) => closed.push(value))).resolves.toBeUndefined();
  await expect(used).rejects.toThrow('no such file');
});
