import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Archive } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FailureNote } from '../failure-note.tsx';
import { usePlatformView } from '../use-platform-view.ts';

/** Asks for a backup of the tenant as it is now. Nothing is taken from anybody by it: no question before. */
export function BackUpButton({ tenant }: { readonly tenant: string }) {
  const { t } = useTranslation('platform');
  const access = usePlatformView();
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: () => access.ask('backups.ask', { tenant }),
    onSuccess: async () => {
      notifications.show({ color: 'green', message: t('backups.asked', { name: tenant }) });
      await queries.invalidateQueries({ queryKey: ['platform', 'backups', tenant] });
    },
  });
  return (
    <>
      <Group>
        <Button leftSection={<Archive aria-hidden size={16} />} loading={ask.isPending} onClick={() => ask.mutate()}>
          {t('backups.make')}
        </Button>
      </Group>
      {ask.error !== null && <FailureNote error={ask.error} />}
    </>
  );
}
