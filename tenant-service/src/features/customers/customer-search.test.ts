import { expect, it } from 'vitest';
import { searchPattern } from './customer-search.ts';

it('takes what a person types literally', () => {
  expect(searchPattern('100% _a\\b')).toBe('%100\\%%\\_a\\\\b%');
  expect(searchPattern('Ada  Love')).toBe('%Ada%Love%');
});

it('asks for the beginning of words when no word has three letters in a row', () => {
  expect(searchPattern('ad lo')).toBe('% ad% lo%');
  expect(searchPattern('田中')).toBe('% 田中%');
  expect(searchPattern('a.b')).toBe('% a.b%');
});

it('finds nothing to look up in punctuation', () => {
  expect(searchPattern('%&')).toBeUndefined();
  expect(searchPattern('...')).toBeUndefined();
});
