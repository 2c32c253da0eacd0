import { Button, Group, type ModalProps, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Writing } from '../../app/writing.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { ProblemNotice } from './problem-notice.tsx';

interface FormDialogProps extends Pick<ModalProps, 'title' | 'size'> {
  /** Of the button that sends it. */
  readonly submit: string;
  /** Whether what is filled in can be sent. */
  readonly isReady?: boolean;
  /** The form says itself what is wrong, beside each field. */
  readonly noValidate?: boolean;
  /** Red for what takes something away. */
  readonly color?: 'red';
  /** Whether leaving it as it was has the focus to begin with. */
  readonly beginsAtCancel?: boolean;
  /** What sending does; its failure is shown above the buttons. */
  readonly action: { readonly isPending: boolean; readonly isError: boolean; readonly error: unknown };
  readonly children: ReactNode;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
}

/** A dialog to fill in: it is sent by its button or the enter key, or left as it was. */
export function FormDialog({
  submit,
  isReady = true,
  noValidate = false,
  color,
  beginsAtCancel = false,
  action,
  children,
  onSubmit,
  onClose,
  ...frame
}: FormDialogProps) {
  const { t } = useTranslation('tenant');
  return (
    <Dialog onClose={onClose} {...frame}>
      <form
        noValidate={noValidate}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) onSubmit();
        }}
      >
        <Stack>
          {children}
          {action.isError && <ProblemNotice error={action.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} {...(beginsAtCancel ? { 'data-autofocus': true } : {})}>
              {t('cancel')}
            </Button>
            <Writing>
              <Button type="submit" loading={action.isPending} disabled={!isReady} {...(color === undefined ? {} : { color })}>
                {submit}
              </Button>
            </Writing>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
