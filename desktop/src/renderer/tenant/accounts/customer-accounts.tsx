import { Button, Group, Loader, Select, Stack, Table, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ACCOUNT_TYPES, CURRENCIES, minorOf, NewAccount } from '@tenantry/contracts';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useMay } from '../tenant-access.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { accountsKey, useCustomerAccounts } from './account-queries.ts';
import { AccountStatus } from './account-status.tsx';

/** The accounts of a customer, and opening another one. */
export function CustomerAccounts({ customerId, asOf }: { readonly customerId: string; readonly asOf?: string }) {
  const { t } = useTranslation('tenant');
  const { tenant } = useTenantApi();
  const format = useFormat();
  const accounts = useCustomerAccounts(customerId, asOf);
  const mayOpen = useMay('createAccount') && asOf === undefined;
  const [opening, setOpening] = useState(false);
  const open = mayOpen && (
    <Writing>
      <Button variant="default" leftSection={<Plus aria-hidden size={16} />} onClick={() => setOpening(true)}>
        {t('accounts.open')}
      </Button>
    </Writing>
  );
  return (
    <Stack maw={1000}>
      {accounts.isPending && <Loader role="img" aria-label={t('loading')} />}
      {accounts.isError && <ProblemNotice error={accounts.error} onRetry={() => void accounts.refetch()} />}
      {accounts.data?.length === 0 && (
        <EmptyNotice title={t('accounts.none')} hint={t('accounts.noneHint')}>
          {open}
        </EmptyNotice>
      )}
      {accounts.data !== undefined && accounts.data.length > 0 && (
        <>
          <Group>{open}</Group>
          <Table.ScrollContainer minWidth={560}>
            <Table highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('accounts.fields.number')}</Table.Th>
                  <Table.Th>{t('accounts.fields.name')}</Table.Th>
                  <Table.Th>{t('accounts.fields.type')}</Table.Th>
                  <Table.Th>{t('accounts.fields.status')}</Table.Th>
                  <Table.Th ta="end">{t('accounts.fields.balance')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {accounts.data.map((account) => (
                  <Table.Tr key={account.id}>
                    <Table.Td>
                      <Link to="/tenants/$tenant/accounts/$accountId" params={{ tenant, accountId: account.id }}>
                        {account.number}
                      </Link>
                    </Table.Td>
                    <Table.Td>{account.name ?? '–'}</Table.Td>
                    <Table.Td>{t(`accounts.types.${account.type}`)}</Table.Td>
                    <Table.Td>
                      <AccountStatus status={account.status} />
                    </Table.Td>
                    <Table.Td ta="end" style={{ fontVariantNumeric: 'tabular-nums' }}>
                      {format.money(account.balanceMinor, account.currency)}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </>
      )}
      {opening && <OpenAccountDialog customerId={customerId} onClose={() => setOpening(false)} />}
    </Stack>
  );
}

function OpenAccountDialog({ customerId, onClose }: { readonly customerId: string; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const key = useIdempotencyKey();
  const [typed, setTyped] = useState({ name: '', type: 'current', currency: 'EUR', overdraft: '0' });
  const overdraftLimitMinor = minorOf(typed.overdraft.trim() === '' ? '0' : typed.overdraft.trim(), typed.currency);
  const body = NewAccount.safeParse({
    name: typed.name.trim() === '' ? null : typed.name.trim(),
    type: typed.type,
    currency: typed.currency,
    overdraftLimitMinor,
  });
  const open = useMutation({
    mutationFn: (account: NewAccount) => client.createAccount({ params: { id: customerId }, body: account, idempotencyKey: key.value }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: accountsKey(tenant) });
      onClose();
    },
    onError: key.failed,
  });
  return (
    <FormDialog
      onClose={onClose}
      title={t('accounts.open')}
      submit={t('accounts.open')}
      action={open}
      isReady={body.success}
      onSubmit={() => body.success && open.mutate(body.data)}
    >
      <TextInput
        label={t('accounts.fields.name')}
        value={typed.name}
        maxLength={200}
        data-autofocus
        onChange={(event) => setTyped({ ...typed, name: event.currentTarget.value })}
      />
      <Group grow>
        <Select
          label={t('accounts.fields.type')}
          data={ACCOUNT_TYPES.map((value) => ({ value, label: t(`accounts.types.${value}`) }))}
          value={typed.type}
          allowDeselect={false}
          onChange={(type) => setTyped({ ...typed, type: type ?? 'current' })}
        />
        <Select
          label={t('accounts.fields.currency')}
          data={CURRENCIES}
          searchable
          value={typed.currency}
          allowDeselect={false}
          onChange={(currency) => setTyped({ ...typed, currency: currency ?? 'EUR' })}
        />
      </Group>
      <TextInput
        label={t('accounts.fields.overdraft')}
        inputMode="decimal"
        value={typed.overdraft}
        error={body.success ? null : t('accounts.overdraftWrong')}
        onChange={(event) => setTyped({ ...typed, overdraft: event.currentTarget.value })}
      />
    </FormDialog>
  );
}
