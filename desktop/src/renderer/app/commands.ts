import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCopyDiagnostics } from './copy-diagnostics.ts';
import { useEnvironments } from './environments.ts';
import type { Keys } from './key-bindings.ts';
import { LANGUAGE_NAMES, LANGUAGES } from './languages.ts';
import type { NavigationItem } from './navigation.ts';
import { useNavigationGroups, useTenantInAddress } from './navigation-groups.ts';
import { usePlatform } from './platform-provider.tsx';
import { usePreferences } from './preferences-provider.tsx';
import { useSession } from './session.ts';
import { useCheckForUpdates } from './updates/check-for-updates.ts';

/** Something a person can have done from anywhere, by its name or its keys. */
export interface Command {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  /** Keys it comes with, or those a person has given it. */
  readonly keys?: Keys | undefined;
  readonly run: () => void;
}

/** Everything that can be asked for from here, by this person, in the order in which it is offered. */
export function useCommands(): readonly Command[] {
  const { t } = useTranslation(['shell', 'tenant', 'platform']);
  const navigate = useNavigate();
  const platform = usePlatform();
  const tenant = useTenantInAddress();
  const groups = useNavigationGroups();
  const { environments, current, select } = useEnvironments();
  const { preferences, change } = usePreferences();
  const tenants = useSession('tenants');
  const staff = useSession('staff');
  const copyDiagnostics = useCopyDiagnostics();
  const checkForUpdates = useCheckForUpdates();

  const commands: Command[] = groups.flatMap(({ view, items, params }) =>
    items.map((item) => ({
      ...navigationKeys(item),
      group: t('commands.go'),
      label: t(item.labelKey as never, { ns: view }),
      run: () => void navigate({ to: item.to as never, params: params as never }),
    })),
  );
  const add = (group: 'go' | 'tenants' | 'look' | 'more', id: string, label: string, run: () => void): void =>
    void commands.push({ id, group: t(`commands.${group}`), label, run });
  if (platform.views.includes('platform') && staff.session?.signedIn !== true)
    add('go', 'go platform', t('commands.openPlatform'), () => void navigate({ to: '/platform' }));
  for (const slug of tenants.session?.tenants ?? [])
    if (slug !== tenant)
      add('tenants', `tenant ${slug}`, t('commands.openTenant', { tenant: slug }), () => {
        void navigate({ to: '/tenants/$tenant', params: { tenant: slug } });
      });
  for (const { id, name } of environments)
    if (id !== current?.id) add('more', `environment ${id}`, t('commands.openEnvironment', { name }), () => select(id));
  for (const colours of ['light', 'dark', 'system'] as const)
    if (colours !== preferences.colours)
      add('look', `colours ${colours}`, `${t('preferences.colours.label')}: ${t(`preferences.colours.${colours}`)}`, () =>
        change({ colours }),
      );
  for (const language of LANGUAGES)
    if (language !== preferences.language)
      add('look', `language ${language}`, `${t('preferences.language')}: ${LANGUAGE_NAMES[language]}`, () => change({ language }));
  add('more', 'copy diagnostics', t('account.copyDiagnostics'), () => void copyDiagnostics());
  if (platform.updates !== undefined) add('more', 'check for updates', t('updates.check'), () => void checkForUpdates());
  return commands;
}

/** The command that opens a screen, and the keys it comes with. */
export function navigationKeys({ to, shortcut }: NavigationItem): Pick<Command, 'id' | 'keys'> {
  return { id: `go ${to}`, ...(shortcut === undefined ? {} : { keys: ['g', shortcut] }) };
}
