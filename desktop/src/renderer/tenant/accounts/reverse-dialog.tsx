import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Transaction } from '@tenantry/contracts';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { accountsKey } from './account-queries.ts';

/** Takes a transaction back by its counter-entry; of a transfer both sides. */
export function ReverseDialog({ transaction, onClose }: { readonly transaction: Transaction; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const format = useFormat();
  const key = useRef(crypto.randomUUID());
  const [description, setDescription] = useState('');
  const reverse = useMutation({
    mutationFn: () =>
      client.reverseTransaction({
        params: { id: transaction.id },
        body: { description: description.trim() === '' ? null : description.trim() },
        idempotencyKey: key.current,
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accountsKey(tenant) });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('accounts.reverse')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          reverse.mutate();
        }}
      >
        <Stack>
          <Text size="sm">
            {t(transaction.transferId === null ? 'accounts.reverseHint' : 'accounts.reverseTransferHint', {
              amount: format.money(transaction.amountMinor, transaction.currency),
            })}
          </Text>
          <TextInput
            label={t('transactions.fields.description')}
            value={description}
            maxLength={500}
            data-autofocus
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {reverse.isError && <ProblemNotice error={reverse.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" color="red" loading={reverse.isPending}>
              {t('accounts.reverse')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
