import type { Language } from '../../app/languages.ts';

/** What a cron says, in words; null for what is none. The words of each language are loaded when they are asked for. */
export async function cronWords(cron: string, language: Language): Promise<string | null> {
  const [{ default: cronstrue }] = await Promise.all([import('cronstrue'), WORDS[language]()]);
  try {
    return cronstrue.toString(cron, { locale: language, use24HourTimeFormat: true });
  } catch {
    return null;
  }
}

const WORDS: Readonly<Record<Language, () => Promise<unknown>>> = {
  en: async () => undefined,
  de: () => import('cronstrue/locales/de'),
  ja: () => import('cronstrue/locales/ja'),
  ar: () => import('cronstrue/locales/ar'),
};
