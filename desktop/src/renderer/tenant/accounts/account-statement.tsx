import { Group, Loader, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { useStatement } from './account-queries.ts';

/** What was booked in a period, with the balance before and after it. */
export function AccountStatement({ accountId }: { readonly accountId: string }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const today = new Date().toISOString().slice(0, 10);
  const [period, setPeriod] = useState({ from: `${today.slice(0, 8)}01`, to: today });
  const behind = new Date(Date.parse(`${period.to}T00:00:00Z`) + 86_400_000).toISOString();
  const read = useStatement(accountId, `${period.from}T00:00:00.000Z`, behind);
  const line = (label: string, amount: string, currency: string) => (
    <Table.Tr fw={600}>
      <Table.Th scope="row" colSpan={3}>
        {label}
      </Table.Th>
      <Table.Td ta="end">{format.money(amount, currency)}</Table.Td>
    </Table.Tr>
  );
  return (
    <Stack maw={900}>
      <Group>
        <TextInput
          type="date"
          label={t('statement.from')}
          value={period.from}
          max={period.to}
          onChange={({ currentTarget: { value } }) => value !== '' && setPeriod({ ...period, from: value })}
        />
        <TextInput
          type="date"
          label={t('statement.to')}
          value={period.to}
          min={period.from}
          onChange={({ currentTarget: { value } }) => value !== '' && setPeriod({ ...period, to: value })}
        />
      </Group>
      {read.isPending && <Loader role="img" aria-label={t('loading')} />}
      {read.isError && <ProblemNotice error={read.error} onRetry={() => void read.refetch()} />}
      {read.data !== undefined && (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('transactions.fields.bookedAt')}</Table.Th>
              <Table.Th>{t('transactions.fields.kind')}</Table.Th>
              <Table.Th>{t('transactions.fields.reference')}</Table.Th>
              <Table.Th ta="end">{t('transactions.fields.amount')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {line(t('statement.opening'), read.data.openingBalanceMinor, read.data.currency)}
            {read.data.items.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td>{format.instant(row.bookedAt)}</Table.Td>
                <Table.Td>{t(`transactions.kinds.${row.kind}`)}</Table.Td>
                <Table.Td>{row.reference ?? row.description ?? '–'}</Table.Td>
                <Table.Td ta="end">{format.money(row.amountMinor, row.currency)}</Table.Td>
              </Table.Tr>
            ))}
            {line(t('statement.closing'), read.data.closingBalanceMinor, read.data.currency)}
          </Table.Tbody>
        </Table>
      )}
      {read.data?.page.next != null && (
        <Text size="sm" c="dimmed">
          {t('statement.more', { shown: format.number(read.data.items.length), all: format.number(read.data.totals.count) })}
        </Text>
      )}
    </Stack>
  );
}
