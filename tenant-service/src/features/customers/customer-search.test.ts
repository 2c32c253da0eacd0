import { expect, it } from 'vitest';
import { searchPattern, wordQuery } from './customer-search.ts';

it('takes what a person types literally', () => {
  expect(searchPattern('100% _a\\b')).toBe('%100\\%%\\_a\\\\b%');
  expect(searchPattern('Ada  Love')).toBe('%Ada%Love%');
});

it('leaves terms without a word of three characters to the word index', () => {
  expect(searchPattern('ad lo')).toBeUndefined();
  expect(searchPattern('田中')).toBeUndefined();
  expect(wordQuery('ad lo')).toBe("'ad':* & 'lo':*");
  expect(wordQuery("o' & !")).toBe("'o':*");
  expect(wordQuery('%&')).toBeUndefined();
});
