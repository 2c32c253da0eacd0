/**
 * LIKE pattern for the words of a term in their order, or undefined when no word has the three characters a trigram needs. What a person
 * types is literal: `%`, `_` and `\` are escaped.
 */
export function searchPattern(term: string): string | undefined {
  const words = wordsOf(term);
  if (!words.some((word) => [...word].length >= 3)) return undefined;
  return `%${words.map((word) => word.replaceAll(/[\\%_]/g, '\\$&')).join('%')}%`;
}

/** tsquery that asks for words beginning with each word of the term; undefined when the term holds no letter and no digit. */
export function wordQuery(term: string): string | undefined {
  const words = term.match(/[\p{L}\p{N}]+/gu);
  return words === null ? undefined : words.map((word) => `'${word}':*`).join(' & ');
}

const wordsOf = (term: string): string[] => term.split(/\s+/u).filter((word) => word !== '');
