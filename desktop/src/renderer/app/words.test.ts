import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from './languages.ts';

const folders = { shell: 'words', tenant: '../tenant/words', platform: '../platform/words' };
const PLURAL = /_(zero|one|two|few|many|other)$/;

type Words = { readonly [key: string]: string | Words };

const read = (folder: string, language: string): Words =>
  JSON.parse(readFileSync(join(import.meta.dirname, folder, `${language}.json`), 'utf8')) as Words;

const flat = (words: Words, path = ''): [key: string, text: string][] =>
  Object.entries(words).flatMap(([key, value]) => (typeof value === 'string' ? [[`${path}${key}`, value]] : flat(value, `${path}${key}.`)));

const namesIn = (text: string): string[] => [...text.matchAll(/\{\{\s*([\w.]+)/g)].map(([, name]) => name ?? '').sort();

describe.each(Object.entries(folders))('the words of %s', (_, folder) => {
  const english = flat(read(folder, 'en'));
  const plain = (entries: [string, string][]): Set<string> => new Set(entries.map(([key]) => key.replace(PLURAL, '')));

  it.each(LANGUAGES)('are complete in %s, with each form of number the language has and no other', (language) => {
    const words = flat(read(folder, language));
    expect([...plain(words)].sort()).toEqual([...plain(english)].sort());
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted();
    const counted = new Set(english.filter(([key]) => PLURAL.test(key)).map(([key]) => key.replace(PLURAL, '')));
    for (const key of counted) {
      const has = words.filter(([each]) => PLURAL.test(each) && each.replace(PLURAL, '') === key).map(([each]) => PLURAL.exec(each)?.[1]);
      expect({ key, forms: has.toSorted() }).toEqual({ key, forms });
    }
  });

  it.each(LANGUAGES)('say no less in %s: nothing is empty, and what is filled in is filled in everywhere', (language) => {
    const inEnglish = new Map(english);
    for (const [key, text] of flat(read(folder, language))) {
      expect({ key, isEmpty: text.trim() === '' }).toEqual({ key, isEmpty: false });
      // "One customer" need not say the number.
      if (!PLURAL.test(key)) expect({ key, names: namesIn(text) }).toEqual({ key, names: namesIn(inEnglish.get(key) ?? '') });
    }
  });

  it('are in the languages of the application and in no other', () => {
    expect(readdirSync(join(import.meta.dirname, folder)).sort()).toEqual(LANGUAGES.map((language) => `${language}.json`).sort());
  });
});
