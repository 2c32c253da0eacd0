import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { undoTimeMs } from '../ui/undo-time.ts';
import type { ReadCustomer } from './customer-queries.ts';

/** Deleting asks for the name to be typed; afterwards it can be undone. */
export function DeleteCustomerDialog({ read, onClose }: { readonly read: ReadCustomer; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const { customer, etag } = read;
  const undo = async () => {
    await client.restoreCustomer({ params: { id: customer.id }, idempotencyKey: crypto.randomUUID() });
    await queries.invalidateQueries({ queryKey: ['tenant', tenant] });
    notifications.show({ message: t('customer.restored') });
  };
  const remove = useMutation({
    mutationFn: () => client.deleteCustomer({ params: { id: customer.id }, ifMatch: etag }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'customers'] });
      void navigate({ to: '/tenants/$tenant/customers', params: { tenant } });
      const shown = notifications.show({
        title: t('customer.deleted', { name: customer.name }),
        autoClose: undoTimeMs,
        message: (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              notifications.hide(shown);
              undo().catch((error: Error) =>
                notifications.show({ color: 'red', title: t('customer.notRestored'), message: error.message }),
              );
            }}
          >
            {t('undo')}
          </Button>
        ),
      });
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('customer.delete')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === customer.name) remove.mutate();
        }}
      >
        <Stack>
          <Text size="sm">{t('customer.deleteHint')}</Text>
          <TextInput
            label={t('customer.typeName', { name: customer.name })}
            value={typed}
            data-autofocus
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {remove.isError && <ProblemNotice error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" color="red" disabled={typed !== customer.name} loading={remove.isPending}>
              {t('customer.delete')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
