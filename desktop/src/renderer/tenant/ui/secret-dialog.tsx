import { Alert, Button, Group, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../kit/dialog.tsx';
import { CopyField } from './copy-field.tsx';

interface SecretDialogProps {
  readonly title: string;
  /** What to do with it, said when it is there. */
  readonly hint: string;
  /** What was made, a label and a value each; null in a repeated answer, which has it no more. */
  readonly values: readonly (readonly [label: string, value: string])[] | null;
  readonly onClose: () => void;
}

/** A secret, which is shown this once: it is nowhere kept here, and no stray click takes it away. */
export function SecretDialog({ title, hint, values, onClose }: SecretDialogProps) {
  const { t } = useTranslation('tenant');
  return (
    <Dialog onClose={onClose} size="lg" title={title} closeOnClickOutside={false} closeOnEscape={values === null}>
      <Stack>
        <Alert color="orange">{values === null ? t('secret.lost') : hint}</Alert>
        {values?.map(([label, value]) => (
          <CopyField key={label} label={label} value={value} />
        ))}
        <Group justify="flex-end">
          <Button onClick={onClose}>{t(values === null ? 'close' : 'secret.kept')}</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
