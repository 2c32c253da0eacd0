import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useMay } from '../tenant-access.ts';
import { operationsKey } from './operation-queries.ts';

/** Ends an operation under way; nothing for who may not. Lists of what it makes are read anew by who gives `onSettled`. */
export function CancelOperationButton({ id, onSettled }: { readonly id: string; readonly onSettled?: () => Promise<unknown> }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const mayCancel = useMay('cancelOperation');
  const cancel = useMutation({
    mutationFn: () => client.cancelOperation({ params: { id } }),
    onError: (error) => notifications.show({ color: 'red', title: t('activity.failed'), message: error.message }),
    onSettled: () => Promise.all([queries.invalidateQueries({ queryKey: operationsKey(tenant) }), onSettled?.()]),
  });
  if (!mayCancel) return null;
  return (
    <Writing>
      <Button
        size="xs"
        variant="default"
        leftSection={<Ban aria-hidden size={14} />}
        loading={cancel.isPending}
        onClick={() => cancel.mutate()}
      >
        {t('cancel')}
      </Button>
    </Writing>
  );
}
