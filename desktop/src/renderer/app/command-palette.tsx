import '@mantine/spotlight/styles.css';
import { Group, Kbd, Text } from '@mantine/core';
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Command } from './commands.ts';
import { usePrintedKeys } from './printed-keys.ts';

/** Every command by its name: Ctrl+K, or ⌘K. */
export function CommandPalette({ commands }: { readonly commands: readonly Command[] }) {
  const { t } = useTranslation();
  const groups = Map.groupBy(commands, ({ group }) => group);
  const actions: SpotlightActionGroupData[] = [...groups].map(([group, members]) => ({
    group,
    actions: members.map(({ id, label, keys, run }) => ({
      id,
      label,
      onClick: run,
      ...(keys === undefined ? {} : { rightSection: <Keys keys={keys} /> }),
    })),
  }));
  return (
    <Spotlight
      actions={actions}
      shortcut="mod + K"
      // Also from within a field: it is no letter somebody types.
      tagsToIgnore={[]}
      limit={40}
      scrollable
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      maxHeight={420}
      highlightQuery
      // The kit's paleness leaves the keys 3:1 on the chosen line.
      styles={{ actionSection: { opacity: 1 } }}
      nothingFound={t('commands.nothing')}
      searchProps={{ placeholder: t('commands.search'), 'aria-label': t('commands.search'), leftSection: <Search aria-hidden size={18} /> }}
    />
  );
}

/** Keys as they are printed on a keyboard. */
export function Keys({ keys }: { readonly keys: readonly string[] }) {
  const { t } = useTranslation();
  const printed = usePrintedKeys();
  return (
    <Group gap={4} wrap="nowrap">
      {keys.map((stroke, index) => (
        // The same key twice is two.
        // biome-ignore lint/suspicious/noArrayIndexKey: keys have an order and no other name
        <Group gap={4} wrap="nowrap" key={index}>
          {index > 0 && <Text size="xs">{t('shortcuts.then')}</Text>}
          <Kbd>{printed(stroke)}</Kbd>
        </Group>
      ))}
    </Group>
  );
}
