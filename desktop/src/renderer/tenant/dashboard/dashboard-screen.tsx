import { Badge, Card, Loader, SegmentedControl, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { decimalOf } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';
import { Area, AreaChart, Bar, BarChart, ResponsiveContainer } from 'recharts';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { ChartCard } from './chart-card.tsx';
import { DayAxes } from './day-axes.tsx';

const route = getRouteApi('/tenants/$tenant/');
const RANGES = [30, 90, 365] as const;
/** The figures are seconds behind at most: asking more often shows nothing more. */
const REFRESH_MS = 15_000;

/** How the tenant does: customers, what they book, and how fresh the figures are. */
export function DashboardScreen() {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const { days = 30 } = route.useSearch();
  const navigate = route.useNavigate();
  const format = useFormat();
  const figures = useQuery({
    queryKey: ['tenant', tenant, 'figures', 'daily', days],
    refetchInterval: REFRESH_MS,
    queryFn: async ({ signal }) => {
      const from = new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10);
      return (await client.dailyFigures({ query: { from }, signal })).data;
    },
  });
  const data = figures.data;
  return (
    <Screen
      title={t('dashboard.title')}
      description={
        data !== undefined && (
          <Badge variant="light" tt="none" color={data.freshness.lagSeconds > 60 ? 'orange' : 'teal'}>
            {data.freshness.eventsBehind === 0
              ? t('dashboard.fresh', { at: format.instant(data.freshness.asOf) })
              : t('dashboard.behind', { at: format.instant(data.freshness.asOf), number: format.number(data.freshness.eventsBehind) })}
          </Badge>
        )
      }
      actions={
        <SegmentedControl
          value={String(days)}
          onChange={(value) => void navigate({ search: { days: Number(value) as (typeof RANGES)[number] } })}
          aria-label={t('dashboard.range')}
          data={RANGES.map((range) => ({ value: String(range), label: t('dashboard.lastDays', { number: range }) }))}
        />
      }
    >
      {figures.isPending && <Loader mx="auto" role="img" aria-label={t('loading')} />}
      {figures.isError && <ProblemNotice error={figures.error} onRetry={() => void figures.refetch()} />}
      {data !== undefined && <Figures days={data.days} accounts={data.accounts} />}
      <Cohorts />
    </Screen>
  );
}

type Daily = Awaited<ReturnType<ReturnType<typeof useTenantApi>['client']['dailyFigures']>>['data'];

function Figures({ days, accounts }: Pick<Daily, 'days' | 'accounts'>) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const sum = (of: (day: Daily['days'][number]) => number) => days.reduce((total, day) => total + of(day), 0);
  const last = days.at(-1);
  const currencies = [...new Set(days.flatMap(({ volume }) => volume.map(({ currency }) => currency)))].sort();
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Kpi
          label={t('dashboard.customers')}
          value={format.number(last?.customers ?? 0)}
          hint={t('dashboard.net', {
            number: signed(
              sum(({ came, went }) => came - went),
              format.number,
            ),
          })}
        />
        <Kpi
          label={t('dashboard.came')}
          value={format.number(sum(({ came }) => came))}
          hint={t('dashboard.went', { number: format.number(sum(({ went }) => went)) })}
        />
        <Kpi
          label={t('dashboard.transactions')}
          value={format.number(sum(({ transactions }) => transactions))}
          hint={t('dashboard.today', { number: format.number(last?.transactions ?? 0) })}
        />
        <Kpi label={t('dashboard.active')} value={format.number(last?.activeCustomers ?? 0)} hint={t('dashboard.activeHint')} />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <ChartCard
          title={t('dashboard.customersByDay')}
          fileName="customers-by-day"
          header={[t('dashboard.day'), t('dashboard.customers')]}
          rows={days.map(({ day, customers }) => [day, customers])}
        >
          <ResponsiveContainer width="100%" height="100%">
            <AreaChart data={days} accessibilityLayer={false}>
              <DayAxes figures={{ domain: ['auto', 'auto'] }} />
              <Area
                type="monotone"
                isAnimationActive={false}
                dataKey="customers"
                name={t('dashboard.customers')}
                stroke="var(--mantine-color-indigo-6)"
                fill="var(--mantine-color-indigo-6)"
                fillOpacity={0.15}
              />
            </AreaChart>
          </ResponsiveContainer>
        </ChartCard>
        <ChartCard
          title={t('dashboard.growth')}
          fileName="customer-growth"
          header={[t('dashboard.day'), t('dashboard.came'), t('dashboard.left')]}
          rows={days.map(({ day, came, went }) => [day, came, went])}
        >
          <ResponsiveContainer width="100%" height="100%">
            <BarChart data={days} accessibilityLayer={false}>
              <DayAxes />
              <Bar isAnimationActive={false} dataKey="came" name={t('dashboard.came')} fill="var(--mantine-color-teal-6)" />
              <Bar isAnimationActive={false} dataKey="went" name={t('dashboard.left')} fill="var(--mantine-color-orange-6)" />
            </BarChart>
          </ResponsiveContainer>
        </ChartCard>
        {currencies.map((currency) => (
          <Volume key={currency} currency={currency} days={days} />
        ))}
      </SimpleGrid>
      {accounts.length > 0 && (
        <Card withBorder component="section" aria-label={t('dashboard.balances')}>
          <Text component="h2" fw={600} mb="sm">
            {t('dashboard.balances')}
          </Text>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('accounts.fields.type')}</Table.Th>
                <Table.Th>{t('accounts.fields.currency')}</Table.Th>
                <Table.Th ta="end">{t('dashboard.accounts')}</Table.Th>
                <Table.Th ta="end">{t('accounts.fields.balance')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {accounts.map((row) => (
                <Table.Tr key={`${row.accountType} ${row.currency}`}>
                  <Table.Td>{t(`accounts.types.${row.accountType}`)}</Table.Td>
                  <Table.Td>{row.currency}</Table.Td>
                  <Table.Td ta="end">{format.number(row.accounts)}</Table.Td>
                  <Table.Td ta="end">{format.money(row.balanceMinor, row.currency)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Card>
      )}
    </Stack>
  );
}

/** What came in and went out of one currency. Currencies are never added up. */
function Volume({ currency, days }: { readonly currency: string; readonly days: Daily['days'] }) {
  const { t } = useTranslation('tenant');
  const rows = days.map(({ day, volume }) => {
    const own = volume.filter((each) => each.currency === currency);
    const total = (side: 'creditMinor' | 'debitMinor') =>
      decimalOf(String(own.reduce((sum, each) => sum + BigInt(each[side]), 0n)), currency);
    return { day, credit: total('creditMinor'), debit: total('debitMinor') };
  });
  const title = t('dashboard.volume', { currency });
  return (
    <ChartCard
      title={title}
      fileName={`volume-${currency}`}
      header={[t('dashboard.day'), t('dashboard.credit'), t('dashboard.debit')]}
      rows={rows.map(({ day, credit, debit }) => [day, credit, debit])}
    >
      <ResponsiveContainer width="100%" height="100%">
        <BarChart
          data={rows.map(({ day, credit, debit }) => ({ day, credit: Number(credit), debit: Number(debit) }))}
          accessibilityLayer={false}
        >
          <DayAxes figures={{ width: 72, allowDecimals: true }} />
          <Bar isAnimationActive={false} dataKey="credit" name={t('dashboard.credit')} fill="var(--mantine-color-teal-6)" />
          <Bar isAnimationActive={false} dataKey="debit" name={t('dashboard.debit')} fill="var(--mantine-color-orange-6)" />
        </BarChart>
      </ResponsiveContainer>
    </ChartCard>
  );
}

/** Of those who came in a month, how many were active in each month since. */
function Cohorts() {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const format = useFormat();
  const read = useQuery({
    queryKey: ['tenant', tenant, 'figures', 'cohorts'],
    queryFn: async ({ signal }) => (await client.cohortFigures({ signal })).data,
  });
  const longest = Math.max(0, ...(read.data?.cohorts ?? []).map(({ months }) => months.length));
  return (
    <Card withBorder component="section" aria-label={t('dashboard.cohorts')}>
      <Text component="h2" fw={600} mb="sm">
        {t('dashboard.cohorts')}
      </Text>
      {read.isError && <ProblemNotice error={read.error} onRetry={() => void read.refetch()} />}
      {read.data?.cohorts.length === 0 && <EmptyNotice title={t('dashboard.noCohorts')} hint={t('dashboard.noCohortsHint')} />}
      {longest > 0 && (
        <Table.ScrollContainer type="native" minWidth={300} tabIndex={0} role="region" aria-label={t('dashboard.cohorts')}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('dashboard.cohort')}</Table.Th>
                <Table.Th ta="end">{t('dashboard.customers')}</Table.Th>
                {Array.from({ length: longest }, (_, month) => `+${month}`).map((month) => (
                  <Table.Th key={month} ta="end">
                    {month}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {read.data?.cohorts.map(({ cohort, customers, months }) => (
                <Table.Tr key={cohort}>
                  <Table.Th scope="row">{cohort}</Table.Th>
                  <Table.Td ta="end">{format.number(customers)}</Table.Td>
                  {months.map(({ month, active }) => (
                    <Table.Td key={month} ta="end">
                      {customers === 0 ? '–' : format.percent(active / customers)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Card>
  );
}

function Kpi({ label, value, hint }: { readonly label: string; readonly value: string; readonly hint: string }) {
  return (
    <Card withBorder>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={700} style={{ fontVariantNumeric: 'tabular-nums' }}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {hint}
      </Text>
    </Card>
  );
}

function signed(value: number, format: (value: number) => string): string {
  return value > 0 ? `+${format(value)}` : format(value);
}
