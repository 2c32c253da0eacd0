import { expect, it } from 'vitest';
import { table, wrap } from './markdown.ts';

it('keeps a bar inside a cell from ending the cell', () => {
  expect(table(['type'], [['a|b']])).toBe('| type |\n|------|\n| a\\|b |');
});

it('breaks a paragraph at blanks and indents every line but the first', () => {
  expect(wrap('one two three', '  ', 9)).toBe('one two\n  three');
});
