import { Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Account, minorOf } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';
import { accountsKey, useAccountByNumber, useCustomerAccounts } from './account-queries.ts';
import { POSTED_KINDS, type PostedKind, signedAmount } from './signed-amount.ts';

/** Books something on the account, or moves money to another one. Pressed twice, it is booked once. */
export function PostingDialog({
  kind,
  account,
  onClose,
}: {
  readonly kind: 'post' | 'transfer';
  readonly account: Account;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const key = useIdempotencyKey();
  const siblings = useCustomerAccounts(account.customerId);
  const [typed, setTyped] = useState({ kind: 'deposit' as PostedKind, amount: '', reference: '', description: '', toNumber: '' });
  const amount = minorOf(typed.amount.trim().replace(',', '.'), account.currency);
  const signed =
    kind === 'transfer' ? (amount !== undefined && /^[1-9]/.test(amount) ? amount : undefined) : signedAmount(typed.kind, amount);
  const [number] = useDebouncedValue(typed.toNumber.trim(), 300);
  const receiver = useAccountByNumber(number);
  const target = number === typed.toNumber.trim() ? receiver.data : undefined;
  const send = useMutation({
    mutationFn: async (amountMinor: string) => {
      const words = { reference: orNull(typed.reference), description: orNull(typed.description), currency: account.currency };
      if (kind === 'post')
        return client.postTransaction({
          params: { id: account.id },
          body: { kind: typed.kind, amountMinor, ...words },
          idempotencyKey: key.value,
        });
      if (target == null) throw new Error('the button that asks for a transfer has no account to transfer to');
      return client.createTransfer({
        body: { fromAccountId: account.id, toAccountId: target.id, amountMinor, ...words },
        idempotencyKey: key.value,
      });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accountsKey(tenant) });
      onClose();
    },
    onError: key.failed,
  });
  const set = (field: keyof typeof typed) => (event: { currentTarget: { value: string } }) =>
    setTyped({ ...typed, [field]: event.currentTarget.value });
  const others = (siblings.data ?? []).filter(
    ({ id, currency, status }) => id !== account.id && currency === account.currency && status === 'active',
  );
  return (
    <FormDialog
      onClose={onClose}
      title={t(kind === 'post' ? 'accounts.post' : 'accounts.transfer')}
      submit={t(kind === 'post' ? 'accounts.book' : 'accounts.move')}
      action={send}
      isReady={signed !== undefined && (kind === 'post' || target != null)}
      onSubmit={() => signed !== undefined && send.mutate(signed)}
    >
      {kind === 'post' ? (
        <Select
          label={t('transactions.fields.kind')}
          data={POSTED_KINDS.map((value) => ({ value, label: t(`transactions.kinds.${value}`) }))}
          value={typed.kind}
          allowDeselect={false}
          onChange={(value) => setTyped({ ...typed, kind: (value ?? 'deposit') as PostedKind })}
        />
      ) : (
        <Stack gap="xs">
          {others.length > 0 && (
            <Select
              label={t('accounts.ownAccount')}
              data={others.map((other) => ({
                value: other.number,
                label: other.name === null ? other.number : `${other.name} (${other.number})`,
              }))}
              value={others.some((other) => other.number === typed.toNumber) ? typed.toNumber : null}
              onChange={(value) => setTyped({ ...typed, toNumber: value ?? '' })}
            />
          )}
          <TextInput
            label={t('accounts.toNumber')}
            value={typed.toNumber}
            required
            maxLength={34}
            description={target == null ? undefined : `${target.name ?? t(`accounts.types.${target.type}`)} · ${target.currency}`}
            error={target === null ? t('accounts.noSuchNumber') : null}
            onChange={set('toNumber')}
          />
        </Stack>
      )}
      <TextInput
        label={t('accounts.amountIn', { currency: account.currency })}
        description={kind === 'post' ? t(`accounts.signHint.${typed.kind}`) : undefined}
        inputMode="decimal"
        required
        data-autofocus
        value={typed.amount}
        error={typed.amount !== '' && signed === undefined ? t('accounts.amountWrong') : null}
        onChange={set('amount')}
      />
      <TextInput label={t('transactions.fields.reference')} maxLength={140} value={typed.reference} onChange={set('reference')} />
      <TextInput label={t('transactions.fields.description')} maxLength={500} value={typed.description} onChange={set('description')} />
    </FormDialog>
  );
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}
