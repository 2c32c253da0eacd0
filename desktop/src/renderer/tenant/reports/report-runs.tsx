import { Button, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Report } from '@tenantry/contracts';
import { CalendarClock, Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { usePlatform } from '../../app/platform-provider.tsx';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useFormat } from '../../kit/use-format.ts';
import { CancelOperationButton } from '../activity/cancel-operation-button.tsx';
import { OperationBadge } from '../activity/operation-badge.tsx';
import { OperationProgress } from '../activity/operation-progress.tsx';
import { isUnderWay, useOperation } from '../activity/operation-queries.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';

const LOOK_AGAIN_MS = 5000;

/** Reports that were made lately, with their files. */
export function ReportRuns() {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const list = useQuery({
    queryKey: ['tenant', tenant, 'reports', 'made'],
    queryFn: async ({ signal }) => (await client.listReports({ query: { limit: 50 }, signal })).data.items,
    // The end of each is an event, which makes this list old; without the stream it is asked for.
    refetchInterval: ({ state }) => (state.data?.some(isUnderWay) === true ? LOOK_AGAIN_MS : false),
  });
  if (list.isPending) return <Loader role="img" aria-label={t('loading')} />;
  if (list.isError) return <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data.length === 0) return <EmptyNotice title={t('reports.noneMade')} hint={t('reports.noneMadeHint')} />;
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} maw={900}>
      {list.data.map((report) => (
        <li key={report.id}>
          <ReportCard report={report} />
        </li>
      ))}
    </Stack>
  );
}

function ReportCard({ report }: { readonly report: Report }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const { client } = useTenantApi();
  const platform = usePlatform();
  const download = useMutation({
    // A link is good for minutes: it is made when it is wanted.
    mutationFn: async () => {
      const { data } = await client.getReport({ params: { id: report.id } });
      if (data.file !== null) await platform.openLink(data.file.url);
    },
    onError: (error) => notifications.show({ color: 'red', title: t('activity.failed'), message: error.message }),
  });
  return (
    <Card withBorder component="article" aria-label={t(`reports.names.${report.report}`)}>
      <Group justify="space-between">
        <Group gap="xs">
          <Text fw={600}>{t(`reports.names.${report.report}`)}</Text>
          <OperationBadge status={report.status} />
          {report.scheduleId !== null && <CalendarClock size={16} aria-label={t('reports.fromSchedule')} />}
        </Group>
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {format.instant(report.createdAt)}
          </Text>
          {report.file !== null && (
            <Button
              size="xs"
              variant="default"
              leftSection={<Download aria-hidden size={14} />}
              loading={download.isPending}
              onClick={() => download.mutate()}
            >
              {t('reports.download', { format: report.format.toUpperCase(), size: format.bytes(report.file.bytes) })}
            </Button>
          )}
        </Group>
      </Group>
      <Text size="sm" c="dimmed">
        {parameterText(report.parameters)} {report.status === 'succeeded' && t('reports.rows', { number: format.number(report.rows) })}
      </Text>
      {isUnderWay(report) && <Running id={report.id} />}
      {report.problem !== null && (
        <Text size="sm" c="var(--mantine-color-error)">
          {report.problem.title}. {report.problem.detail}
        </Text>
      )}
    </Card>
  );
}

function Running({ id }: { readonly id: string }) {
  const { tenant } = useTenantApi();
  const queries = useQueryClient();
  const readAnew = () => queries.invalidateQueries({ queryKey: ['tenant', tenant, 'reports', 'made'] });
  const { data } = useOperation(id);
  if (data === undefined) return null;
  return (
    <Group wrap="nowrap">
      <div style={{ flex: 1 }}>
        <OperationProgress operation={data} />
      </div>
      <CancelOperationButton id={id} onSettled={readAnew} />
    </Group>
  );
}

function parameterText(parameters: Report['parameters']): string {
  return Object.values(parameters)
    .map((value) => (typeof value === 'object' && value !== null ? Object.values(value).join(' – ') : String(value)))
    .join(' · ');
}
