import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { secretBox } from './secret-box.ts';

const [older, newer] = [randomBytes(32), randomBytes(32)];

it('opens what it sealed, twice never the same, and not for another tenant', () => {
  const box = secretBox([older]);
  const sealed = box.seal('tenant-a', 'whsec_x');
  expect(box.open('tenant-a', sealed)).toBe('whsec_x');
  expect(sealed).not.toContain('whsec');
  expect(box.seal('tenant-a', 'whsec_x')).not.toBe(sealed);
  expect(() => box.open('tenant-b', sealed)).toThrow();
  expect(() => box.open('tenant-a', `${sealed.slice(0, -4)}AAAA`)).toThrow();
});

it('opens with every key it has and seals with the first', () => {
  const sealed = secretBox([older]).seal('t', 'text');
  const both = secretBox([newer, older]);
  expect(both.open('t', sealed)).toBe('text');
  expect(secretBox([newer]).open('t', both.seal('t', 'text'))).toBe('text');
  expect(() => secretBox([newer]).open('t', sealed)).toThrow('which this process does not have');
});
