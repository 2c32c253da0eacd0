import { Modal, Stack, Table, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { CommandPalette, Keys } from './command-palette.tsx';
import { type Command, useCommands } from './commands.ts';
import { usePreferences } from './preferences-provider.tsx';
import { RequestDrawer } from './request-drawer.tsx';
import { shortcutKeys } from './shortcut-keys.ts';

const SHEET = '?';

/** Commands by name and by keys, and the sheet that tells which there are. */
export function Shortcuts() {
  const { t } = useTranslation();
  const [isOpen, { open, close }] = useDisclosure();
  const [areRequestsOpen, requests] = useDisclosure();
  const more = t('commands.more');
  const commands: readonly Command[] = [
    ...useCommands(),
    { id: 'requests', group: more, label: t('requests.title'), keys: ['g', 'i'], run: requests.open },
    { id: 'keys', group: more, label: t('shortcuts.title'), run: open },
  ];
  const { preferences } = usePreferences();
  useShortcuts(preferences.shortcuts === 'on' ? commands : [], open);
  return (
    <>
      <CommandPalette commands={commands} />
      <RequestDrawer isOpen={areRequestsOpen} close={requests.close} />
      <Sheet isOpen={isOpen} close={close} commands={commands} />
    </>
  );
}

function useShortcuts(commands: readonly Command[], openSheet: () => void): void {
  const keys = commands.flatMap((command) => (command.keys === undefined ? [] : [command.keys.join(' ')])).join('|');
  // Kept while the keys are the same ones: a redraw between two keys of a sequence must not forget the first.
  const follow = useMemo(() => shortcutKeys(new Set([SHEET, ...keys.split('|')])), [keys]);
  useEffect(() => {
    if (commands.length === 0) return;
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const { key, ctrlKey, metaKey, altKey, timeStamp } = event;
      const pressed = follow({ key, ctrlKey, metaKey, altKey, timeStamp, isTyping: isTyping(event.target) });
      if (pressed === undefined) return;
      event.preventDefault();
      if (pressed === SHEET) openSheet();
      else commands.find((command) => command.keys?.join(' ') === pressed)?.run();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [follow, commands, openSheet]);
}

/** In a field, or in a dialog: what is behind it is not meant. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest('input, textarea, select, [role="dialog"], [role="menu"], [role="listbox"]') !== null;
}

function Sheet({
  isOpen,
  close,
  commands,
}: {
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly commands: readonly Command[];
}) {
  const { t } = useTranslation();
  const rows = [
    { label: t('commands.search'), keys: [t('shortcuts.control'), 'K'] },
    { label: t('shortcuts.title'), keys: [SHEET] },
    ...commands.flatMap(({ label, keys }) => (keys === undefined ? [] : [{ label, keys }])),
  ];
  return (
    <Modal opened={isOpen} onClose={close} title={t('shortcuts.title')}>
      <Stack>
        <Table>
          <Table.Tbody>
            {rows.map(({ label, keys }) => (
              <Table.Tr key={label}>
                <Table.Td>{label}</Table.Td>
                <Table.Td>
                  <Keys keys={keys} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Text size="sm" c="dimmed">
          {t('shortcuts.off')}
        </Text>
      </Stack>
    </Modal>
  );
}
