import { NativeSelect, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { LANGUAGE_NAMES, LANGUAGES, type Language } from './languages.ts';
import type { Preferences } from './preferences.ts';
import { usePreferences } from './preferences-provider.tsx';

/** How the window looks and speaks. */
export function PreferencesMenu() {
  const { t } = useTranslation();
  const { preferences, change } = usePreferences();
  const choice = <Name extends 'colours' | 'contrast' | 'density' | 'shortcuts'>(name: Name, values: readonly Preferences[Name][]) => (
    <NativeSelect
      label={t(`preferences.${name}.label` as never)}
      data={values.map((value) => ({ value, label: t(`preferences.${name}.${value}` as never) }))}
      value={preferences[name]}
      onChange={(event) => change({ [name]: event.currentTarget.value } as Partial<Preferences>)}
    />
  );
  return (
    <Stack gap="xs" p="xs">
      {choice('colours', ['system', 'light', 'dark'])}
      {choice('contrast', ['system', 'standard', 'high'])}
      {choice('density', ['comfortable', 'compact'])}
      {choice('shortcuts', ['on', 'off'])}
      <NativeSelect
        label={t('preferences.language')}
        data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        value={preferences.language}
        onChange={(event) => change({ language: event.currentTarget.value as Language })}
      />
      <NativeSelect
        label={t('preferences.timeZone')}
        data={[
          { value: 'local', label: t('preferences.localTime', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }) },
          { value: 'UTC', label: 'UTC' },
        ]}
        value={preferences.timeZone}
        onChange={(event) => change({ timeZone: event.currentTarget.value })}
      />
    </Stack>
  );
}
