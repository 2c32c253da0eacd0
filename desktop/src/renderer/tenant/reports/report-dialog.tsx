import { Group, MultiSelect, NumberInput, Radio, Select, SimpleGrid, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CURRENCIES, RELATIVE_PERIODS, REPORT_FORMATS, type ReportFormat, type ReportName, TRANSACTION_KINDS } from '@tenantry/contracts';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../../app/preferences-provider.tsx';
import { useTenantApi } from '../../app/tenant-api.ts';
import { operationsKey } from '../activity/operation-queries.ts';
import { useMay } from '../tenant-access.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useIdempotencyKey } from '../ui/idempotency-key.ts';
import { FIRST_CHOICES, parametersOf, type ReportChoices, reportRequest } from './report-request.ts';
import { cronOf, nextRuns, rhythmOf } from './schedule-rhythm.ts';
import { ScheduleTiming } from './schedule-timing.tsx';

/** When it is made: once, now; what most people ask for; or at times of one's own. */
const OFTEN = { once: '', daily: '0 6 * * *', weekly: '0 6 * * 1', monthly: '0 6 1 * *', own: '0 6 * * 1-5' } as const;
type HowOften = keyof typeof OFTEN;

interface ReportDialogProps {
  readonly report: ReportName;
  readonly onClose: () => void;
  readonly onMade: (tab: 'made' | 'schedules') => void;
}

/** Asks what the report is to tell of, and makes it now or again and again. */
export function ReportDialog({ report, onClose, onMade }: ReportDialogProps) {
  const { t } = useTranslation('tenant');
  const { client, tenant } = useTenantApi();
  const queries = useQueryClient();
  const { timeZone: chosen } = usePreferences().preferences;
  const timeZone = chosen === 'local' ? Intl.DateTimeFormat().resolvedOptions().timeZone : chosen;
  const maySchedule = useMay('createReportSchedule');
  const key = useIdempotencyKey();
  const [choices, setChoices] = useState<ReportChoices>(FIRST_CHOICES);
  const [often, setOften] = useState<HowOften>('once');
  const [timing, setTiming] = useState({ rhythm: rhythmOf(OFTEN.own), timeZone });
  const cron = often === 'own' ? cronOf(timing.rhythm) : OFTEN[often];
  const [name, setName] = useState('');
  const inZone = often === 'own' ? timing.timeZone : timeZone;
  const request = reportRequest(report, choices, inZone);
  const isTimed = name.trim() !== '' && nextRuns(cron, inZone, new Date(), 1) !== undefined;
  const ready = request.success && (often === 'once' || isTimed);
  const make = useMutation({
    mutationFn: async (): Promise<'made' | 'schedules'> => {
      if (often === 'once' && request.success) {
        await client.createReport({ body: request.data, idempotencyKey: key.value });
        return 'made';
      }
      if (request.success) {
        const { asOf: _, ...asked } = request.data;
        await client.createReportSchedule({ body: { ...asked, name: name.trim(), cron }, idempotencyKey: key.value });
      }
      return 'schedules';
    },
    onSuccess: (tab) => {
      void queries.invalidateQueries({ queryKey: ['tenant', tenant, 'reports'] });
      void queries.invalidateQueries({ queryKey: operationsKey(tenant) });
      onMade(tab);
    },
    onError: key.failed,
  });
  return (
    <FormDialog
      onClose={onClose}
      size="lg"
      title={t(`reports.names.${report}`)}
      submit={often === 'once' ? t('reports.make') : t('reports.schedule')}
      action={make}
      isReady={ready}
      onSubmit={() => make.mutate()}
    >
      <Text size="sm">{t(`reports.about.${report}`)}</Text>
      <Parameters report={report} choices={choices} onChange={setChoices} scheduled={often !== 'once'} />
      <Select
        label={t('reports.format')}
        data={REPORT_FORMATS.map((value) => ({ value, label: value.toUpperCase() }))}
        value={choices.format}
        allowDeselect={false}
        onChange={(format) => setChoices({ ...choices, format: (format ?? 'csv') as ReportFormat })}
      />
      <Text size="xs" c="dimmed">
        {t('reports.inTimeZone', { timeZone: inZone })}
      </Text>
      {maySchedule && (
        <Radio.Group label={t('reports.when')} value={often} onChange={(value) => setOften(value as HowOften)}>
          <Group mt={4}>
            {(Object.keys(OFTEN) as HowOften[]).map((value) => (
              <Radio key={value} value={value} label={t(`reports.rhythms.${value}`)} />
            ))}
          </Group>
        </Radio.Group>
      )}
      {often === 'own' && <ScheduleTiming timing={timing} onChange={setTiming} />}
      {often !== 'once' && (
        <TextInput
          label={t('reports.scheduleName')}
          required
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
    </FormDialog>
  );
}

function Parameters(props: {
  readonly report: ReportName;
  readonly choices: ReportChoices;
  readonly scheduled: boolean;
  readonly onChange: (choices: ReportChoices) => void;
}) {
  const { t } = useTranslation('tenant');
  const { report, choices, onChange } = props;
  const takes = (name: string) => parametersOf(report).includes(name);
  const units = (['day', 'week', 'month', 'quarter', 'year'] as const).filter((unit) => unit !== 'day' || report !== 'customer-cohorts');
  const periods = [...RELATIVE_PERIODS, ...(props.scheduled ? [] : ['days'])];
  return (
    <SimpleGrid cols={2}>
      {takes('period') && (
        <Select
          label={t('reports.period')}
          data={periods.map((value) => ({ value, label: t(`reports.periods.${value as 'days'}`) }))}
          value={choices.period}
          allowDeselect={false}
          onChange={(period) => onChange({ ...choices, period: period ?? 'last-month' })}
        />
      )}
      {takes('by') && (
        <Select
          label={t('reports.by')}
          data={units.map((value) => ({ value, label: t(`reports.units.${value}`) }))}
          value={choices.by}
          allowDeselect={false}
          onChange={(by) => onChange({ ...choices, by: by ?? 'month' })}
        />
      )}
      {takes('period') && choices.period === 'days' && (
        <>
          <TextInput
            type="date"
            label={t('statement.from')}
            value={choices.from}
            required
            onChange={(event) => onChange({ ...choices, from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t('statement.to')}
            value={choices.to}
            required
            onChange={(event) => onChange({ ...choices, to: event.currentTarget.value })}
          />
        </>
      )}
      {takes('accountId') && (
        <TextInput
          label={t('reports.accountId')}
          required
          value={choices.accountId}
          onChange={(event) => onChange({ ...choices, accountId: event.currentTarget.value })}
        />
      )}
      {takes('kinds') && (
        <MultiSelect
          label={t('reports.kinds')}
          placeholder={choices.kinds.length === 0 ? t('reports.all') : ''}
          data={TRANSACTION_KINDS.map((value) => ({ value, label: t(`transactions.kinds.${value}`) }))}
          value={[...choices.kinds]}
          onChange={(kinds) => onChange({ ...choices, kinds })}
        />
      )}
      {takes('currencies') && (
        <MultiSelect
          label={t('reports.currencies')}
          placeholder={choices.currencies.length === 0 ? t('reports.all') : ''}
          searchable
          maxValues={20}
          data={CURRENCIES}
          value={[...choices.currencies]}
          onChange={(currencies) => onChange({ ...choices, currencies })}
        />
      )}
      {takes('top') && (
        <NumberInput
          label={t('reports.top')}
          min={1}
          max={1000}
          allowDecimal={false}
          value={choices.top}
          onChange={(top) => onChange({ ...choices, top: Number(top) })}
        />
      )}
      {takes('days') && (
        <NumberInput
          label={t('reports.days')}
          min={1}
          max={3650}
          allowDecimal={false}
          value={choices.days}
          onChange={(days) => onChange({ ...choices, days: Number(days) })}
        />
      )}
    </SimpleGrid>
  );
}
