import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../kit/dialog.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { FactRows } from '../fact-rows.tsx';
import { FailureNote } from '../failure-note.tsx';
import { usePlatformView } from '../use-platform-view.ts';
import type { Restorable } from './restorable.ts';

interface RestoreDialogProps {
  readonly tenant: string;
  readonly backup: Restorable;
  readonly onClose: () => void;
}

/** Asks that a backup takes the place of the tenant's data: what becomes of that, and the tenant's name typed. */
export function RestoreDialog({ tenant, backup, onClose }: RestoreDialogProps) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const ask = useMutation({
    mutationFn: () => access.ask('backups.restore', { tenant, location: backup.location }),
    onSuccess: async () => {
      notifications.show({ color: 'green', message: t('restore.asked', { name: tenant }) });
      onClose();
      await queries.invalidateQueries({ queryKey: ['platform', 'backups', tenant] });
    },
  });
  return (
    <Dialog onClose={onClose} title={t('restore.title', { name: tenant })} size="lg" closeButtonProps={{ 'aria-label': t('change.close') }}>
      <Stack gap="md">
        <Text size="sm">{t('restore.what', { name: tenant })}</Text>
        <Text size="sm">{t('restore.aside')}</Text>
        <Text size="sm">{t('restore.meanwhile')}</Text>
        <BackupFacts {...backup} />
        <TextInput
          label={t('change.typeName', { name: tenant })}
          value={typed}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {ask.error !== null && <FailureNote error={ask.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('change.cancel')}
          </Button>
          <Button color="red" disabled={typed !== tenant} loading={ask.isPending} onClick={() => ask.mutate()}>
            {t('restore.confirm', { name: tenant })}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function BackupFacts({ askedAt, rows, bytes: size, location }: Restorable) {
  const { t } = useTranslation('platform');
  const { instant, ago, number, bytes } = useFormat();
  return (
    <FactRows
      facts={[
        [t('backups.when'), `${instant(askedAt)} (${ago(askedAt)})`],
        [t('backups.rows'), rows === undefined ? '' : number(rows)],
        [t('backups.size'), size === undefined ? '' : bytes(size)],
        [
          t('backups.location'),
          <Code key="location" dir="ltr">
            {location}
          </Code>,
        ],
      ]}
    />
  );
}
