/**
 * LIKE pattern for the words of a term in their order; undefined when the term holds no letter and no digit. A word with three letters or digits
 * in a row is found anywhere, because it has a trigram to look up; a term without one (two letters, 田中) is found where words begin: the stored
 * text begins with a space, and a space in front of a letter is a trigram too. What a person types is literal: `%`, `_` and `\` are escaped.
 */
export function searchPattern(term: string): string | undefined {
  if (!/[\p{L}\p{N}]/u.test(term)) return undefined;
  const words = term.split(/\s+/u).filter((word) => word !== '');
  const isAnywhere = words.some((word) => /[\p{L}\p{N}]{3}/u.test(word));
  const before = isAnywhere ? '%' : '% ';
  return `${words.map((word) => `${before}${word.replaceAll(/[\\%_]/g, '\\$&')}`).join('')}%`;
}
