import { Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { FormDialog } from './form-dialog.tsx';

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
  const [text, setText] = useState('');
  return (
    <FormDialog
      title={title}
      submit={confirm}
      color="red"
      isReady={typed === undefined || text === typed.name}
      beginsAtCancel={typed === undefined}
      action={action}
      onSubmit={onConfirm}
      onClose={onClose}
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {hint}
      </Text>
      {children}
      {typed !== undefined && (
        <TextInput label={typed.label} value={text} data-autofocus onChange={(event) => setText(event.currentTarget.value)} />
      )}
    </FormDialog>
  );
}
