import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type KeyRefusal, type Keys, strokeOf } from './key-bindings.ts';
import { usePrintedKeys } from './printed-keys.ts';

interface ShortcutRecorderProps {
  /** Of the command. */
  readonly label: string;
  /** Why these keys are not to be had, if so. */
  readonly check: (keys: Keys) => KeyRefusal | undefined;
  readonly onKeep: (keys: Keys) => void;
  readonly onCancel: () => void;
}

/** Takes the keys that are pressed in it for a command: one or two, without a clock. Tab still leads out, Escape leaves everything as it was. */
export function ShortcutRecorder({ label, check, onKeep, onCancel }: ShortcutRecorderProps) {
  const { t } = useTranslation();
  const printed = usePrintedKeys();
  const [keys, setKeys] = useState<Keys>([]);
  const [refused, setRefused] = useState<KeyRefusal>();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const refusal = refused ?? (keys.length === 0 ? undefined : check(keys));
  const mayKeep = keys.length > 0 && refusal === undefined;
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Tab') return;
    event.preventDefault();
    // Not to the palette, nor to the keys that are being changed.
    event.stopPropagation();
    if (event.key === 'Escape') return onCancel();
    if (event.key === 'Enter') return mayKeep ? onKeep(keys) : undefined;
    setRefused(undefined);
    if (event.key === 'Backspace' || event.key === 'Delete') return setKeys([]);
    const stroke = strokeOf(event.nativeEvent);
    if (typeof stroke === 'object') setRefused(stroke);
    // With Ctrl or ⌘ one stroke is all; of others two.
    else if (stroke !== undefined)
      setKeys((before) =>
        before.length === 1 && !stroke.startsWith('Mod+') && before[0]?.startsWith('Mod+') === false ? [...before, stroke] : [stroke],
      );
  };
  return (
    <Stack gap="xs">
      <TextInput
        ref={input}
        readOnly
        label={t('shortcuts.newKeys', { command: label })}
        description={t('shortcuts.howToRecord')}
        placeholder={t('shortcuts.press')}
        value={keys.map(printed).join(` ${t('shortcuts.then')} `)}
        error={
          refusal === undefined ? undefined : t(`shortcuts.refused.${refusal.kind}`, 'label' in refusal ? { command: refusal.label } : {})
        }
        onKeyDown={press}
        // The dialog around it would close.
        data-mantine-stop-propagation="true"
      />
      <Group gap="xs">
        <Button size="xs" disabled={!mayKeep} onClick={() => onKeep(keys)}>
          {t('shortcuts.keep')}
        </Button>
        <Button size="xs" variant="default" onClick={() => onKeep([])}>
          {t('shortcuts.noKeys')}
        </Button>
        <Button size="xs" variant="default" onClick={onCancel}>
          {t('shortcuts.cancel')}
        </Button>
      </Group>
    </Stack>
  );
}
