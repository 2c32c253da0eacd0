import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import platformWords from '../platform/words/en.json';
import tenantWords from '../tenant/words/en.json';
import { directionOf, type Language } from './languages.ts';
import shellWords from './words/en.json';

const english = { shell: shellWords, tenant: tenantWords, platform: platformWords };

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell';
    resources: typeof english;
    enableSelector: false;
  }
}

/** One file for each language beside the words of each view; only the chosen one is loaded. */
const files = import.meta.glob<Record<string, unknown>>(['./words/*.json', '../tenant/words/*.json', '../platform/words/*.json'], {
  import: 'default',
});
const FOLDERS = { shell: './words', tenant: '../tenant/words', platform: '../platform/words' } as const;

/** Makes `useTranslation` work, in this language. */
export async function startWords(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    ns: ['shell', 'tenant', 'platform'],
    defaultNS: 'shell',
    resources: { en: english },
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  });
  await chooseLanguage(language);
}

/** Turns the whole window to another language, direction of writing included. */
export async function chooseLanguage(language: Language): Promise<void> {
  if (language !== 'en')
    for (const [name, folder] of Object.entries(FOLDERS)) {
      const words = await files[`${folder}/${language}.json`]?.();
      if (words !== undefined) i18next.addResourceBundle(language, name, words);
    }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}
