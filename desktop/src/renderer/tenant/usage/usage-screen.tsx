import { Alert, Badge, Card, Group, Loader, Progress, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Bar, BarChart, ResponsiveContainer } from 'recharts';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { ChartCard } from '../dashboard/chart-card.tsx';
import { DayAxes } from '../dashboard/day-axes.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';

/** Of a quota that is used up this far a person should know. */
const CLOSE = 0.9;

/** What the plan gives and what is used of it. */
export function UsageScreen() {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const format = useFormat();
  const read = useQuery({
    queryKey: ['tenant', tenant, 'plan'],
    queryFn: async ({ signal }) => (await client.getTenant({ signal })).data,
    refetchInterval: 60_000,
  });
  const usage = useQuery({
    queryKey: ['tenant', tenant, 'usage'],
    queryFn: async ({ signal }) => (await client.getUsage({ signal })).data.items,
  });
  const amount = (quota: string, value: number) => (quota === 'storageBytes' ? format.bytes(value) : format.number(value));
  return (
    <Screen
      title={t('usage.title')}
      description={
        read.data !== undefined && (
          <Group gap="xs">
            <Badge variant="light" tt="none">
              {t('usage.plan', { plan: read.data.class })}
            </Badge>
            <Badge variant="light" color={read.data.state === 'Active' ? 'teal' : 'orange'} tt="none">
              {t(`usage.states.${read.data.state}`)}
            </Badge>
          </Group>
        )
      }
    >
      {read.isPending && <Loader mx="auto" role="img" aria-label={t('loading')} />}
      {read.isError && <ProblemNotice error={read.error} onRetry={() => void read.refetch()} />}
      {read.data?.reason != null && <Alert color="orange">{read.data.reason}</Alert>}
      {read.data !== undefined && (
        <>
          <SimpleGrid cols={{ base: 1, md: 3 }}>
            {read.data.quotas.map(({ quota, limit, used }) => {
              const share = limit === null || used === null || limit === 0 ? undefined : used / limit;
              return (
                <Card withBorder key={quota}>
                  <Text size="sm" c="dimmed">
                    {t(`usage.quotas.${quota}`)}
                  </Text>
                  <Text fw={700} size="lg">
                    {used === null ? '–' : amount(quota, used)}{' '}
                    {limit !== null && (
                      <Text span size="sm">
                        {t('usage.of', { limit: amount(quota, limit) })}
                      </Text>
                    )}
                  </Text>
                  {limit === null ? (
                    <Text size="xs" c="dimmed">
                      {t('usage.unlimited')}
                    </Text>
                  ) : (
                    <Stack gap={2}>
                      <Progress
                        value={100 * Math.min(1, share ?? 0)}
                        {...((share ?? 0) >= CLOSE ? { color: 'red' } : {})}
                        aria-label={t(`usage.quotas.${quota}`)}
                      />
                      <Text size="xs" c="dimmed">
                        {share === undefined ? '' : format.percent(share)}
                      </Text>
                    </Stack>
                  )}
                </Card>
              );
            })}
          </SimpleGrid>
          <Card withBorder component="section" aria-label={t('usage.limits')}>
            <Text component="h2" fw={600} mb="sm">
              {t('usage.limits')}
            </Text>
            <Table>
              <Table.Tbody>
                {(['requestsPerMinute', 'requestsPerMinutePerUser', 'publishedEventsPerMinute'] as const).map((name) => (
                  <Table.Tr key={name}>
                    <Table.Th scope="row">{t(`usage.rates.${name}`)}</Table.Th>
                    <Table.Td ta="end">
                      {read.data.limits[name] === null ? t('usage.unlimited') : format.number(read.data.limits[name])}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Card>
        </>
      )}
      {usage.isError && <ProblemNotice error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.data !== undefined && usage.data.length > 0 && (
        <ChartCard
          title={t('usage.requests')}
          fileName="usage"
          header={[t('dashboard.day'), t('usage.requests'), t('usage.refused')]}
          rows={usage.data.map(({ day, requests, refused }) => [day, requests, refused])}
        >
          <ResponsiveContainer width="100%" height="100%">
            <BarChart data={usage.data} accessibilityLayer={false}>
              <DayAxes />
              <Bar
                isAnimationActive={false}
                maxBarSize={48}
                dataKey="requests"
                name={t('usage.requests')}
                fill="var(--mantine-color-indigo-6)"
              />
              <Bar
                isAnimationActive={false}
                maxBarSize={48}
                dataKey="refused"
                name={t('usage.refused')}
                fill="var(--mantine-color-orange-6)"
              />
            </BarChart>
          </ResponsiveContainer>
        </ChartCard>
      )}
    </Screen>
  );
}
