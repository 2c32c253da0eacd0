import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { offerUndo } from '../ui/offer-undo.tsx';
import { customerKey, type ReadCustomer } from './customer-queries.ts';

/** Deleting asks for the name to be typed; afterwards it can be undone. */
export function DeleteCustomerDialog({ read, onClose }: { readonly read: ReadCustomer; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const navigate = useNavigate();
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
      void queries.invalidateQueries({ queryKey: customerKey(tenant, customer.id), refetchType: 'none' });
      void navigate({ to: '/tenants/$tenant/customers', params: { tenant } });
      offerUndo({ done: t('customer.deleted', { name: customer.name }), undo: t('undo'), failed: t('customer.notRestored') }, undo);
    },
  });
  return (
    <ConfirmDialog
      title={t('customer.delete')}
      hint={t('customer.deleteHint')}
      typed={{ name: customer.name, label: t('customer.typeName', { name: customer.name }) }}
      action={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
