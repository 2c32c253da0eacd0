import { expect, it } from 'vitest';
import { optionsOf } from './dev-operator.ts';

it('takes the name dev, a short drift check and no failpoint unless told otherwise', () => {
  expect(optionsOf([])).toEqual({ name: 'dev', drift: '5s', crashAfter: undefined });
  expect(optionsOf(['--name', 'mine', '--crash-after', '3'])).toMatchObject({ name: 'mine', crashAfter: '3' });
});

it('refuses a word it does not know', () => {
  expect(() => optionsOf(['--crash', '3'])).toThrow(/--crash/);
});
