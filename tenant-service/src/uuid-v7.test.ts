import { expect, it } from 'vitest';
import { uuidv7 } from './uuid-v7.ts';

it('is a UUID of version 7 and variant 10 that carries its millisecond', () => {
  const at = Date.UTC(2026, 10, 22, 14, 0, 0, 123);
  const id = uuidv7(at);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at);
});

it('sorts by time as text, and never repeats', () => {
  expect(uuidv7(1) < uuidv7(2)).toBe(true);
  expect(uuidv7(255) < uuidv7(256)).toBe(true);
  expect(new Set(Array.from({ length: 10_000 }, () => uuidv7(5))).size).toBe(10_000);
});
