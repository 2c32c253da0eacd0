import { Button, Group, Select, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../kit/dialog.tsx';
import { Keys } from './command-palette.tsx';
import type { Command } from './commands.ts';
import { type Bindable, type KeyRefusal, keysOf, refusalOf } from './key-bindings.ts';
import { usePreferences } from './preferences-provider.tsx';
import { ShortcutRecorder } from './shortcut-recorder.tsx';

interface ShortcutSheetProps {
  readonly close: () => void;
  /** Keys that are nobody's to change. */
  readonly fixed: readonly { readonly label: string; readonly keys: readonly string[] }[];
  /** With the keys they come with. */
  readonly commands: readonly Command[];
  /** Also those that are not on offer here. */
  readonly all: readonly Bindable[];
}

/** Which keys there are, and how to have others. */
export function ShortcutSheet({ close, fixed, commands, all }: ShortcutSheetProps) {
  const { t } = useTranslation();
  const { preferences, change } = usePreferences();
  const { keys: own } = preferences;
  const [recorded, setRecorded] = useState<string>();
  const [notReset, setNotReset] = useState<{ readonly id: string; readonly refusal: KeyRefusal }>();
  const keep = (id: string, keys: readonly string[] | undefined) => {
    const { [id]: _, ...others } = own;
    change({ keys: keys === undefined ? others : { ...others, [id]: [...keys] } });
    setRecorded(undefined);
    setNotReset(undefined);
  };
  const reset = ({ id, keys = [] }: Command) => {
    const refusal = refusalOf(keys, id, all, own);
    if (refusal === undefined || keys.length === 0) keep(id, undefined);
    else setNotReset({ id, refusal });
  };
  const listed = commands.filter(({ id, keys }) => keys !== undefined || own[id] !== undefined || id === recorded);
  return (
    <Dialog onClose={close} title={t('shortcuts.title')} size="lg">
      <Stack>
        <Table>
          <Table.Tbody>
            {fixed.map(({ label, keys }) => (
              <Table.Tr key={label}>
                <Table.Td>{label}</Table.Td>
                <Table.Td>
                  <Keys keys={keys} />
                </Table.Td>
                <Table.Td />
              </Table.Tr>
            ))}
            {listed.map((command) =>
              command.id === recorded ? (
                <Table.Tr key={command.id}>
                  <Table.Td colSpan={3}>
                    <ShortcutRecorder
                      label={command.label}
                      check={(keys) => refusalOf(keys, command.id, all, own)}
                      onKeep={(keys) => keep(command.id, keys)}
                      onCancel={() => setRecorded(undefined)}
                    />
                  </Table.Td>
                </Table.Tr>
              ) : (
                <Table.Tr key={command.id}>
                  <Table.Td>{command.label}</Table.Td>
                  <Table.Td>
                    <Keys keys={keysOf(command, own) ?? []} />
                  </Table.Td>
                  <Table.Td>
                    <Group gap={4} justify="end" wrap="nowrap">
                      {notReset?.id === command.id && (
                        <Text size="xs" c="var(--mantine-color-error)" role="alert">
                          {t(
                            `shortcuts.refused.${notReset.refusal.kind}`,
                            'label' in notReset.refusal ? { command: notReset.refusal.label } : {},
                          )}
                        </Text>
                      )}
                      {own[command.id] !== undefined && (
                        <Button
                          size="compact-xs"
                          variant="subtle"
                          onClick={() => reset(command)}
                          aria-label={t('shortcuts.resetOf', { command: command.label })}
                        >
                          {t('shortcuts.reset')}
                        </Button>
                      )}
                      <Button
                        size="compact-xs"
                        variant="subtle"
                        onClick={() => setRecorded(command.id)}
                        aria-label={t('shortcuts.changeOf', { command: command.label })}
                      >
                        {t('shortcuts.change')}
                      </Button>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ),
            )}
          </Table.Tbody>
        </Table>
        <Select
          label={t('shortcuts.another')}
          placeholder={t('commands.search')}
          searchable
          value={null}
          data={commands.filter((command) => !listed.includes(command)).map(({ id, label }) => ({ value: id, label }))}
          nothingFoundMessage={t('commands.nothing')}
          onChange={(id) => setRecorded(id ?? undefined)}
        />
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            {t('shortcuts.off')}
          </Text>
          {Object.keys(own).length > 0 && (
            <Button size="xs" variant="default" onClick={() => change({ keys: {} })}>
              {t('shortcuts.resetAll')}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}
