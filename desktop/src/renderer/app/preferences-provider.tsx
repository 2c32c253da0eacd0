import { DirectionProvider } from '@mantine/core';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { useContrast } from './contrast.ts';
import { directionOf } from './languages.ts';
import { type Preferences, readPreferences, writePreferences } from './preferences.ts';
import { chooseLanguage } from './words.ts';

interface PreferencesInHand {
  readonly preferences: Preferences;
  readonly change: (changed: Partial<Preferences>) => void;
}

const PreferencesContext = createContext<PreferencesInHand | undefined>(undefined);

/** Keeps a person's preferences and lets the page follow them. */
export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [preferences, setPreferences] = useState(readPreferences);
  const change = (changed: Partial<Preferences>): void => {
    const next = { ...preferences, ...changed };
    writePreferences(next);
    setPreferences(next);
    if (changed.language !== undefined) void chooseLanguage(changed.language);
  };
  const contrast = useContrast(preferences.contrast);
  // The styles read these off the root element, so that dialogs outside of our tree follow, too.
  useEffect(() => {
    document.documentElement.dataset.density = preferences.density;
    document.documentElement.dataset.contrast = contrast;
  }, [preferences.density, contrast]);
  return (
    <PreferencesContext value={{ preferences, change }}>
      <DirectionProvider key={preferences.language} initialDirection={directionOf(preferences.language)} detectDirection={false}>
        {children}
      </DirectionProvider>
    </PreferencesContext>
  );
}

/** A person's preferences and how to change them. */
export function usePreferences(): PreferencesInHand {
  const found = useContext(PreferencesContext);
  if (found === undefined) throw new Error('usePreferences is called outside of PreferencesProvider');
  return found;
}
