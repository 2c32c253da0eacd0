import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { ProblemNotice } from './problem-notice.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  /** What follows from it. */
  readonly hint: string;
  /** Of the button that does it; the title when absent. */
  readonly confirm?: string;
  readonly action: { readonly isPending: boolean; readonly isError: boolean; readonly error: unknown };
  /** For what is hard to take back: a name to be typed first, and how it is asked for. */
  readonly typed?: { readonly name: string; readonly label: string };
  readonly children?: ReactNode;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something goes away, and says why when it could not. */
export function ConfirmDialog({ title, hint, confirm = title, action, typed, children, onConfirm, onClose }: ConfirmDialogProps) {
  const { t } = useTranslation('tenant');
  const [text, setText] = useState('');
  const isReady = typed === undefined || text === typed.name;
  return (
    <Dialog onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) onConfirm();
        }}
      >
        <Stack>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {hint}
          </Text>
          {children}
          {typed !== undefined && (
            <TextInput label={typed.label} value={text} data-autofocus onChange={(event) => setText(event.currentTarget.value)} />
          )}
          {action.isError && <ProblemNotice error={action.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} {...(typed === undefined ? { 'data-autofocus': true } : {})}>
              {t('cancel')}
            </Button>
            <Writing>
              <Button type="submit" color="red" disabled={!isReady} loading={action.isPending}>
                {confirm}
              </Button>
            </Writing>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
