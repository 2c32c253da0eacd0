import { Alert, Select, Switch, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ProblemError, REPORT_FORMATS, type ReportFormat, type ReportSchedule } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { cronOf, nextRuns, rhythmOf } from './schedule-rhythm.ts';
import { ScheduleTiming } from './schedule-timing.tsx';

/** Changes when a report is made again, how it is called and in which format. What it tells of is another schedule. */
export function ScheduleDialog({ schedule, onClose }: { readonly schedule: ReportSchedule; readonly onClose: () => void }) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  // What the change is made from: the schedule as it was opened, or as somebody has left it meanwhile.
  const [from, setFrom] = useState(schedule);
  const [name, setName] = useState(schedule.name);
  const [format, setFormat] = useState(schedule.format);
  const [enabled, setEnabled] = useState(schedule.enabled);
  const [timing, setTiming] = useState({ rhythm: rhythmOf(schedule.cron), timeZone: schedule.timeZone });
  const cron = cronOf(timing.rhythm);
  const save = useMutation({
    mutationFn: () =>
      client.updateReportSchedule({
        params: { id: schedule.id },
        body: { name: name.trim(), cron, timeZone: timing.timeZone, format, enabled },
        ifMatch: `"${from.version}"`,
      }),
    onSuccess: onClose,
    onError: async (error) => {
      if (!isStale(error)) return;
      setFrom((await client.getReportSchedule({ params: { id: schedule.id } })).data);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['tenant', tenant, 'reports', 'schedules'] }),
  });
  const isReady = name.trim() !== '' && nextRuns(cron, timing.timeZone, new Date(), 1) !== undefined;
  return (
    <FormDialog
      onClose={onClose}
      size="lg"
      title={t('reports.editSchedule', { name: schedule.name })}
      submit={t('save')}
      action={{ ...save, isError: save.isError && !isStale(save.error) }}
      isReady={isReady}
      onSubmit={() => save.mutate()}
    >
      <TextInput
        label={t('reports.scheduleName')}
        required
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <ScheduleTiming timing={timing} onChange={setTiming} />
      <Select
        label={t('reports.format')}
        data={REPORT_FORMATS.map((value) => ({ value, label: value.toUpperCase() }))}
        value={format}
        allowDeselect={false}
        onChange={(chosen) => setFormat((chosen ?? format) as ReportFormat)}
      />
      <Switch label={t('reports.enabled')} checked={enabled} onChange={(event) => setEnabled(event.currentTarget.checked)} />
      {from.version !== schedule.version && (
        <Alert color="orange" title={t('reports.changedMeanwhile')} role="alert">
          {t('reports.changedMeanwhileHint', { name: from.name, cron: from.cron, timeZone: from.timeZone })}
        </Alert>
      )}
    </FormDialog>
  );
}

const isStale = (error: unknown) => error instanceof ProblemError && error.problem.code === 'version-stale';
