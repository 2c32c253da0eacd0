import { expect, it } from 'vitest';
import { z } from 'zod';
import { uuidV7 } from './uuid-v7.ts';

it('makes version 7 UUIDs that sort by time', () => {
  const ids = [1_000, 1_700_000_000_000, 1_800_000_000_000].map((ms) => uuidV7(ms));
  for (const id of ids) expect(z.uuidv7().safeParse(id).success).toBe(true);
  expect([...ids].sort()).toEqual(ids);
});

it('makes another one each time', () => {
  expect(new Set(Array.from({ length: 1000 }, () => uuidV7(5))).size).toBe(1000);
});
