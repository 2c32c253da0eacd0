import { expect, it } from 'vitest';
import { commandLine } from './bench-options.ts';

it('measures six rounds, two when short, or as many as asked for', () => {
  expect(commandLine(['customers'])).toMatchObject({ name: 'customers', rounds: 6, short: false, bars: false });
  expect(commandLine(['customers', '--short', '--bars'])).toMatchObject({ rounds: 2, short: true, bars: true });
  expect(commandLine(['customers', '--rounds=9'])).toMatchObject({ rounds: 9 });
});

it('refuses what it does not know, and a baseline of the short form', () => {
  expect(() => commandLine([])).toThrow('name one bench');
  expect(() => commandLine(['a', 'b'])).toThrow('name one bench');
  expect(() => commandLine(['a', '--fast'])).toThrow('--fast');
  expect(() => commandLine(['a', '--rounds=0'])).toThrow('--rounds');
  expect(() => commandLine(['a', '--short', '--baseline'])).toThrow('--baseline');
});
