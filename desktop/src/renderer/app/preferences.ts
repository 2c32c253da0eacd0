import { z } from 'zod';
import { LANGUAGES } from './languages.ts';

export type Density = 'compact' | 'comfortable';

/** How a person likes the window. Kept on this machine, for every environment. */
export const Preferences = z.object({
  colours: z.enum(['system', 'light', 'dark']).catch('system'),
  contrast: z.enum(['system', 'standard', 'high']).catch('system'),
  density: z.enum(['compact', 'comfortable']).catch('comfortable'),
  /** Keys without Ctrl or Alt do something; off for people whose speech or switch types them by accident (WCAG 2.1.4). */
  shortcuts: z.enum(['on', 'off']).catch('on'),
  /** Keys of their own, by command; see `key-bindings.ts`. */
  keys: z.record(z.string().max(200), z.array(z.string().max(20)).max(2)).catch({}),
  language: z.enum(LANGUAGES).catch('en'),
  /** IANA name; `local` is this machine's. */
  timeZone: z.string().max(64).catch('local'),
});

export type Preferences = z.infer<typeof Preferences>;

const KEY = 'tenantry.preferences';

/** What was chosen before; what is missing or unknown is the default. */
export function readPreferences(): Preferences {
  const stored = localStorage.getItem(KEY);
  return Preferences.parse(stored === null ? { language: systemLanguage() } : parsed(stored));
}

/** Keeps them for the next start. */
export function writePreferences(preferences: Preferences): void {
  localStorage.setItem(KEY, JSON.stringify(preferences));
}

function systemLanguage(): string {
  return navigator.language.split('-')[0] ?? 'en';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
