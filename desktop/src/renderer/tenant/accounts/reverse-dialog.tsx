import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Transaction } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';
import { accountsKey } from './account-queries.ts';

/** Takes a transaction back by its counter-entry; of a transfer both sides. */
export function ReverseDialog({ transaction, onClose }: { readonly transaction: Transaction; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const format = useFormat();
  const key = useIdempotencyKey();
  const [description, setDescription] = useState('');
  const reverse = useMutation({
    mutationFn: () =>
      client.reverseTransaction({
        params: { id: transaction.id },
        body: { description: description.trim() === '' ? null : description.trim() },
        idempotencyKey: key.value,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accountsKey(tenant) });
      onClose();
    },
    onError: key.failed,
  });
  return (
    <ConfirmDialog
      title={t('accounts.reverse')}
      hint={t(transaction.transferId === null ? 'accounts.reverseHint' : 'accounts.reverseTransferHint', {
        amount: format.money(transaction.amountMinor, transaction.currency),
      })}
      action={reverse}
      onConfirm={() => reverse.mutate()}
      onClose={onClose}
    >
      <TextInput
        label={t('transactions.fields.description')}
        value={description}
        maxLength={500}
        data-autofocus
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
    </ConfirmDialog>
  );
}
