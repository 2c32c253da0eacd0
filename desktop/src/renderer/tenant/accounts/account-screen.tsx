import { Button, Group, Loader, Menu, Tabs, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Transaction } from '@tenantry/contracts';
import { ArrowRightLeft, ChevronDown, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { type TableColumn, VirtualTable } from '../../kit/virtual-table.tsx';
import { LiveBadge } from '../live/live-badge.tsx';
import { useMay } from '../tenant-access.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { accountsKey, useAccount, useTransactions } from './account-queries.ts';
import { AccountStatement } from './account-statement.tsx';
import { AccountStatus } from './account-status.tsx';
import { PostingDialog } from './posting-dialog.tsx';
import { ReverseDialog } from './reverse-dialog.tsx';

const route = getRouteApi('/tenants/$tenant/accounts/$accountId');

/** One account: its balance, what was booked, and booking more. */
export function AccountScreen() {
  const { t } = useTranslation('tenant');
  const { tenant, accountId } = route.useParams();
  const { tab = 'transactions' } = route.useSearch();
  const navigate = route.useNavigate();
  const format = useFormat();
  const mayPost = useMay('postTransaction');
  const [dialog, setDialog] = useState<'post' | 'transfer' | Transaction | null>(null);
  const read = useAccount(accountId);
  if (read.data === undefined)
    return (
      <Screen title={t('accounts.title')}>
        {read.isError ? (
          <ProblemNotice error={read.error} onRetry={() => void read.refetch()} />
        ) : (
          <Loader mx="auto" my="xl" role="img" aria-label={t('loading')} />
        )}
      </Screen>
    );
  const { account } = read.data;
  const close = () => setDialog(null);
  return (
    <Screen
      fill
      title={account.name ?? t('accounts.numbered', { number: account.number })}
      description={
        <Group gap="sm">
          <Link
            to="/tenants/$tenant/customers/$customerId"
            params={{ tenant, customerId: account.customerId }}
            search={{ tab: 'accounts' }}
          >
            {t('accounts.toCustomer')}
          </Link>
          <Text size="sm">{account.number}</Text>
          <Text size="sm">{t(`accounts.types.${account.type}`)}</Text>
          <AccountStatus status={account.status} />
          <LiveBadge />
        </Group>
      }
      actions={
        <>
          <Text size="xl" fw={700} style={{ fontVariantNumeric: 'tabular-nums' }} aria-label={t('accounts.fields.balance')} role="status">
            {format.money(account.balanceMinor, account.currency)}
          </Text>
          {mayPost && (
            <Writing>
              <Button leftSection={<Plus aria-hidden size={16} />} disabled={account.status !== 'active'} onClick={() => setDialog('post')}>
                {account.status === 'active' ? t('accounts.post') : t('accounts.noPostings')}
              </Button>
              <Button
                variant="default"
                leftSection={<ArrowRightLeft aria-hidden size={16} />}
                disabled={account.status !== 'active'}
                onClick={() => setDialog('transfer')}
              >
                {t('accounts.transfer')}
              </Button>
              <StatusMenu id={account.id} etag={read.data.etag} status={account.status} />
            </Writing>
          )}
        </>
      }
    >
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) => void navigate({ search: { tab: next === 'statement' ? 'statement' : 'transactions' } })}
        style={{ flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' }}
      >
        <Tabs.List>
          <Tabs.Tab value="transactions">{t('accounts.transactions')}</Tabs.Tab>
          <Tabs.Tab value="statement">{t('accounts.statement')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="transactions" pt="md" style={{ flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column' }}>
          <Transactions accountId={accountId} onReverse={setDialog} />
        </Tabs.Panel>
        <Tabs.Panel value="statement" pt="md">
          <AccountStatement accountId={accountId} />
        </Tabs.Panel>
      </Tabs>
      {(dialog === 'post' || dialog === 'transfer') && <PostingDialog kind={dialog} account={account} onClose={close} />}
      {dialog !== null && typeof dialog === 'object' && <ReverseDialog transaction={dialog} onClose={close} />}
    </Screen>
  );
}

function Transactions({ accountId, onReverse }: { readonly accountId: string; readonly onReverse: (transaction: Transaction) => void }) {
  const { t } = useTranslation('tenant');
  const mayReverse = useMay('reverseTransaction');
  const list = useTransactions(accountId);
  const columns = useTransactionColumns();
  if (list.isPending) return <Loader role="img" aria-label={t('loading')} />;
  if (list.isError) return <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />;
  const rows = list.data.pages.flatMap(({ items }) => items) as Transaction[];
  if (rows.length === 0) return <EmptyNotice title={t('accounts.nothingBooked')} hint={t('accounts.nothingBookedHint')} />;
  const withReverse: readonly TableColumn<Transaction>[] = [
    ...columns,
    {
      id: 'actions',
      header: t('members.actions'),
      width: '140px',
      cell: (row) =>
        row.reversedBy !== null ? (
          <Text size="xs" c="dimmed">
            {t('accounts.reversed')}
          </Text>
        ) : (
          mayReverse &&
          row.kind !== 'reversal' && (
            <Writing>
              <Button size="compact-xs" variant="subtle" onClick={() => onReverse(row)}>
                {t('accounts.reverse')}
              </Button>
            </Writing>
          )
        ),
    },
  ];
  return (
    <VirtualTable
      label={t('accounts.transactions')}
      columns={withReverse}
      rowCount={rows.length}
      rowAt={(index) => rows[index]}
      rowId={({ id }) => id}
      onNearEnd={() => {
        if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
      }}
    />
  );
}

function useTransactionColumns(): readonly TableColumn<Transaction>[] {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  return [
    { id: 'bookedAt', header: t('transactions.fields.bookedAt'), width: '190px', cell: (row) => format.instant(row.bookedAt) },
    { id: 'kind', header: t('transactions.fields.kind'), width: '130px', cell: (row) => t(`transactions.kinds.${row.kind}`) },
    {
      id: 'reference',
      header: t('transactions.fields.reference'),
      width: 'minmax(160px, 2fr)',
      cell: (row) => [row.reference, row.description].filter((text) => text !== null).join(' · ') || '–',
    },
    {
      id: 'amount',
      header: t('transactions.fields.amount'),
      width: '150px',
      align: 'end',
      cell: (row) => format.money(row.amountMinor, row.currency),
    },
    {
      id: 'balance',
      header: t('transactions.fields.balanceAfter'),
      width: '150px',
      align: 'end',
      cell: (row) => format.money(row.balanceAfterMinor, row.currency),
    },
  ];
}

function StatusMenu({ id, etag, status }: { readonly id: string; readonly etag: string; readonly status: 'active' | 'frozen' | 'closed' }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (next: typeof status) => client.updateAccount({ params: { id }, body: { status: next }, ifMatch: etag }),
    onError: (error) => notifications.show({ color: 'red', title: t('accounts.notChanged'), message: error.message }),
    onSettled: () => queries.invalidateQueries({ queryKey: accountsKey(tenant) }),
  });
  return (
    <Menu withinPortal position="bottom-end">
      <Menu.Target>
        <Button variant="default" loading={change.isPending} rightSection={<ChevronDown aria-hidden size={14} />}>
          {t('customer.more')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(['active', 'frozen', 'closed'] as const)
          .filter((next) => next !== status)
          .map((next) => (
            <Menu.Item key={next} onClick={() => change.mutate(next)}>
              {t(`accounts.make.${next}`)}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}
