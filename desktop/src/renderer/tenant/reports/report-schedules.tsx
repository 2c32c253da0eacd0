import { ActionIcon, Group, Loader, Switch, Table, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReportSchedule } from '@tenantry/contracts';
import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { Writing } from '../../app/writing.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { useMay } from '../tenant-access.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { CronText } from './cron-text.tsx';
import { ScheduleDialog } from './schedule-dialog.tsx';

/** Reports that are made again and again. */
export function ReportSchedules() {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const format = useFormat();
  const queries = useQueryClient();
  const mayChange = useMay('updateReportSchedule', 'deleteReportSchedule');
  const key = ['tenant', tenant, 'reports', 'schedules'];
  const [editing, setEditing] = useState<ReportSchedule>();
  const [removing, setRemoving] = useState<ReportSchedule>();
  const list = useQuery({ queryKey: key, queryFn: async ({ signal }) => (await client.listReportSchedules({ signal })).data.items });
  const readAnew = () => queries.invalidateQueries({ queryKey: key });
  const enable = useMutation({
    mutationFn: ({ id, version, enabled }: ReportSchedule) =>
      client.updateReportSchedule({ params: { id }, body: { enabled: !enabled }, ifMatch: `"${version}"` }),
    onError: (error) => notifications.show({ color: 'red', title: t('reports.notChanged'), message: error.message }),
    onSettled: readAnew,
  });
  const remove = useMutation({
    mutationFn: ({ id, version }: ReportSchedule) => client.deleteReportSchedule({ params: { id }, ifMatch: `"${version}"` }),
    onSuccess: () => setRemoving(undefined),
    onSettled: readAnew,
  });
  if (list.isPending) return <Loader role="img" aria-label={t('loading')} />;
  if (list.isError) return <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data.length === 0) return <EmptyNotice title={t('reports.noSchedules')} hint={t('reports.noSchedulesHint')} />;
  return (
    <>
      <Table maw={1000}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('reports.scheduleName')}</Table.Th>
            <Table.Th>{t('reports.report')}</Table.Th>
            <Table.Th>{t('reports.when')}</Table.Th>
            <Table.Th>{t('reports.next')}</Table.Th>
            <Table.Th>{t('reports.enabled')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.data.map((schedule) => (
            <Table.Tr key={schedule.id}>
              <Table.Th scope="row">{schedule.name}</Table.Th>
              <Table.Td>{t(`reports.names.${schedule.report}`)}</Table.Td>
              <Table.Td>
                <CronText cron={schedule.cron} />
                <Text size="xs" c="dimmed">
                  {schedule.timeZone}
                </Text>
              </Table.Td>
              <Table.Td>{schedule.nextRuns[0] === undefined ? '–' : format.instant(schedule.nextRuns[0])}</Table.Td>
              <Table.Td>
                <Writing>
                  <Group gap="xs" wrap="nowrap">
                    <Switch
                      checked={schedule.enabled}
                      disabled={!mayChange}
                      aria-label={t('reports.enable', { name: schedule.name })}
                      onChange={() => enable.mutate(schedule)}
                    />
                    {mayChange && (
                      <>
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={t('reports.editSchedule', { name: schedule.name })}
                          onClick={() => setEditing(schedule)}
                        >
                          <Pencil aria-hidden size={16} />
                        </ActionIcon>
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={t('reports.deleteSchedule', { name: schedule.name })}
                          onClick={() => {
                            remove.reset();
                            setRemoving(schedule);
                          }}
                        >
                          <Trash2 aria-hidden size={16} />
                        </ActionIcon>
                      </>
                    )}
                  </Group>
                </Writing>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {editing !== undefined && <ScheduleDialog schedule={editing} onClose={() => setEditing(undefined)} />}
      {removing !== undefined && (
        <ConfirmDialog
          title={t('reports.deleteSchedule', { name: removing.name })}
          hint={t('reports.deleteHint')}
          confirm={t('reports.delete')}
          action={remove}
          onConfirm={() => remove.mutate(removing)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  );
}
