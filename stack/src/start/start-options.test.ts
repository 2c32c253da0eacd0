import { expect, it } from 'vitest';
import { startOptions } from './start-options.ts';

it('starts and stays when nothing is asked', () => {
  expect(startOptions([])).toEqual({ dryRun: false, check: false, timings: false, help: false });
});

it('takes options before and after the double dash that npm needs', () => {
  expect(startOptions(['--', '--check', '--timings'])).toMatchObject({ check: true, timings: true });
});

it.each([[['--chek']], [['--dry-run', '--check']], [['acme']]])('refuses %j and shows the usage', (words) => {
  expect(() => startOptions(words)).toThrow(/\nnpm start \[-- --dry-run/);
});
