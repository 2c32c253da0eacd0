import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { platformNavigation } from '../platform/platform-navigation.ts';
import { tenantNavigation } from '../tenant/tenant-navigation.ts';
import { CommandPalette } from './command-palette.tsx';
import { type Command, navigationKeys, useCommands } from './commands.ts';
import { type Bindable, isPlain, keysOf } from './key-bindings.ts';
import { usePreferences } from './preferences-provider.tsx';
import { RequestDrawer } from './request-drawer.tsx';
import { shortcutKeys } from './shortcut-keys.ts';

const ShortcutSheet = lazy(async () => ({ default: (await import('./shortcut-sheet.tsx')).ShortcutSheet }));

const SHEET = '?';

/** Commands by name and by keys, and the sheet that tells which there are. */
export function Shortcuts() {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure();
  const [areRequestsOpen, requests] = useDisclosure();
  const more = t('commands.more');
  const offered: readonly Command[] = [
    ...useCommands(),
    { id: 'requests', group: more, label: t('requests.title'), keys: ['g', 'i'], run: requests.open },
    { id: 'keys', group: more, label: t('shortcuts.title'), run: open },
  ];
  const elsewhere = useScreensElsewhere(offered);
  const { preferences } = usePreferences();
  const commands = offered.map((command) => ({ ...command, keys: keysOf(command, preferences.keys) }));
  useShortcuts(
    commands.filter(({ keys }) => preferences.shortcuts === 'on' || (keys !== undefined && !isPlain(keys))),
    preferences.shortcuts === 'on' ? open : undefined,
  );
  return (
    <>
      <CommandPalette commands={commands} />
      <RequestDrawer isOpen={areRequestsOpen} close={requests.close} />
      <Suspense>
        {isOpen && (
          <ShortcutSheet
            close={close}
            fixed={[
              { label: t('commands.search'), keys: [`${t('shortcuts.control')} K`] },
              { label: t('shortcuts.title'), keys: [SHEET] },
            ]}
            commands={offered.filter(({ id }) => id !== 'keys')}
            all={[...offered, ...elsewhere]}
          />
        )}
      </Suspense>
    </>
  );
}

/** Screens that cannot be opened from here. Their keys are taken all the same. */
function useScreensElsewhere(offered: readonly Command[]): readonly Bindable[] {
  const { t } = useTranslation(['shell', 'tenant', 'platform']);
  const ids = new Set(offered.map(({ id }) => id));
  const screens = [
    ...tenantNavigation.map((item) => ({ ...navigationKeys(item), label: t(item.labelKey as never, { ns: 'tenant' }) as string })),
    ...platformNavigation.map((item) => ({ ...navigationKeys(item), label: t(item.labelKey as never, { ns: 'platform' }) as string })),
  ];
  return screens.filter(({ id }) => !ids.has(id));
}

function useShortcuts(commands: readonly Command[], openSheet: (() => void) | undefined): void {
  const own = commands.flatMap((command) => (command.keys === undefined ? [] : [command.keys.join(' ')]));
  const keys = (openSheet === undefined ? own : [SHEET, ...own]).join('\n');
  // Kept while the keys are the same ones: a redraw between two keys of a sequence must not forget the first.
  const follow = useMemo(() => shortcutKeys(new Set(keys.split('\n'))), [keys]);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const { key, code, ctrlKey, metaKey, altKey, shiftKey, timeStamp, target } = event;
      const place = { isTyping: isTyping(target), isInLayer: isInLayer(target) };
      const pressed = follow({ key, code, ctrlKey, metaKey, altKey, shiftKey, timeStamp, ...place });
      if (pressed === undefined) return;
      event.preventDefault();
      if (pressed === SHEET) openSheet?.();
      else commands.find((command) => command.keys?.join(' ') === pressed)?.run();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [follow, commands, openSheet]);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select') !== null);
}

/** In a dialog or a menu: what is behind it is not meant. */
function isInLayer(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('[role="dialog"], [role="menu"], [role="listbox"]') !== null;
}
