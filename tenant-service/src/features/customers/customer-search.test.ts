import { describe, expect, it } from 'vitest';
import { Problem } from '../../problem.ts';
import { customerList } from './customer-list.ts';
import { searchSql, searchTerm } from './customer-search.ts';

describe('a search', () => {
  it('is its words, without those that hold no letter and no digit', () => {
    expect(searchTerm('  Ada   & Lovelace ')).toEqual({ words: ['Ada', 'Lovelace'], isAnywhere: true });
    expect(searchTerm('%&')).toBeUndefined();
    expect(searchTerm('👩‍🚀 …')).toBeUndefined();
  });

  it('asks for the beginning of words when no word has three letters in a row', () => {
    for (const text of ['ad lo', '田中', 'a.b', '7']) expect(searchTerm(text)?.isAnywhere, text).toBe(false);
    for (const text of ['ad lov', '東京都', 'a.bcd']) expect(searchTerm(text)?.isAnywhere, text).toBe(true);
  });

  it('of eleven words is refused', () => {
    expect(() => searchTerm('a b c d e f g h i j k')).toThrow(Problem);
    expect(searchTerm('a b c d e f g h i j')?.words).toHaveLength(10);
  });

  it('has every word as a parameter and none in its text', () => {
    const hostile = ["');drop", 'table--', '%', '_x', '$1', '\\'];
    const { text, values } = searchSql(customerList, { conditions: [], fields: undefined }, { words: hostile, isAnywhere: true }, 51);
    expect(values).toEqual([...hostile, 51]);
    for (const word of hostile.filter((each) => each.length > 2)) expect(text).not.toContain(word);
  });

  it('looks for words spelt alike only when one is long enough, and not for many words at once', () => {
    const alike = (text: string) => {
      const term = searchTerm(text);
      return term !== undefined && searchSql(customerList, { conditions: [], fields: undefined }, term, 51).text.includes('<%');
    };
    expect(alike('Shcmidt')).toBe(true);
    expect(alike('Jo Shcmidt')).toBe(true);
    expect(alike('Jon')).toBe(false);
    expect(alike('crm-77712')).toBe(false);
    expect(alike('Shcmidt crm-77712')).toBe(true);
    expect(alike('one two three four five')).toBe(false);
  });
});
