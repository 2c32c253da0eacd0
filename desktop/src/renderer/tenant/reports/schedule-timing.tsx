import { Alert, Group, List, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../../app/preferences-provider.tsx';
import { useFormat } from '../../kit/use-format.ts';
import { CronText } from './cron-text.tsx';
import { cronOf, nextRuns, RHYTHMS, type Rhythm } from './schedule-rhythm.ts';

const RUNS_SHOWN = 3;
/** A Sunday: the days after it are those of a week in order. */
const SUNDAY = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;

export interface Timing {
  readonly rhythm: Rhythm;
  /** IANA name. */
  readonly timeZone: string;
}

/** When a schedule runs: a rhythm or cron, and a time zone, with what follows from them in words and days. */
export function ScheduleTiming({ timing, onChange }: { readonly timing: Timing; readonly onChange: (timing: Timing) => void }) {
  const { t } = useTranslation('tenant');
  const { language } = usePreferences().preferences;
  const { rhythm, timeZone } = timing;
  const put = (part: Partial<Rhythm>) => onChange({ ...timing, rhythm: { ...rhythm, ...part } });
  const weekdays = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' });
  return (
    <Stack gap="sm">
      <SimpleGrid cols={2} spacing="sm">
        <Select
          label={t('reports.rhythm')}
          data={RHYTHMS.map((value) => ({ value, label: t(`reports.every.${value}`) }))}
          value={rhythm.kind}
          allowDeselect={false}
          // What was chosen so far is what one begins to type from.
          onChange={(kind) => put({ kind: (kind ?? 'daily') as Rhythm['kind'], ...(kind === 'custom' ? { cron: cronOf(rhythm) } : {}) })}
        />
        {rhythm.kind === 'custom' ? (
          <TextInput
            label={t('reports.cron')}
            description={t('reports.cronHint')}
            value={rhythm.cron}
            maxLength={100}
            dir="ltr"
            required
            onChange={(event) => put({ cron: event.currentTarget.value })}
          />
        ) : (
          <TextInput
            type="time"
            label={t('reports.time')}
            value={rhythm.time}
            required
            onChange={(event) => put({ time: event.currentTarget.value })}
          />
        )}
        {rhythm.kind === 'weekly' && (
          <Select
            label={t('reports.weekday')}
            data={[1, 2, 3, 4, 5, 6, 0].map((day) => ({ value: String(day), label: weekdays.format(SUNDAY + day * DAY_MS) }))}
            value={String(rhythm.weekday)}
            allowDeselect={false}
            onChange={(weekday) => put({ weekday: Number(weekday) })}
          />
        )}
        {rhythm.kind === 'monthly' && (
          <Select
            label={t('reports.monthday')}
            data={Array.from({ length: 31 }, (_, at) => String(at + 1))}
            value={String(rhythm.day)}
            allowDeselect={false}
            onChange={(day) => put({ day: Number(day) })}
          />
        )}
        <Select
          label={t('reports.timeZone')}
          data={[...new Set(['UTC', timeZone, ...Intl.supportedValuesOf('timeZone')])]}
          value={timeZone}
          searchable
          limit={100}
          allowDeselect={false}
          nothingFoundMessage={t('reports.noTimeZone')}
          onChange={(chosen) => onChange({ ...timing, timeZone: chosen ?? timeZone })}
        />
      </SimpleGrid>
      <Preview cron={cronOf(rhythm)} timeZone={timeZone} />
    </Stack>
  );
}

/** What the cron says and the days it falls on, so that nobody has to believe five fields. */
function Preview({ cron, timeZone }: { readonly cron: string; readonly timeZone: string }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const title = useId();
  const runs = nextRuns(cron, timeZone, new Date(), RUNS_SHOWN);
  if (runs === undefined)
    return (
      <Alert color="red" variant="light" role="status">
        {t('reports.noCron')}
      </Alert>
    );
  return (
    <div role="status">
      <Group gap="xs">
        <Text size="sm" fw={600} id={title}>
          {t('reports.nextRuns')}
        </Text>
        <Text size="sm" c="dimmed">
          <CronText cron={cron} />
        </Text>
      </Group>
      {runs.length === 0 && <Text size="sm">{t('reports.neverRuns')}</Text>}
      <List size="sm" aria-labelledby={title}>
        {runs.map((at) => (
          <List.Item key={at}>{format.instantIn(at, timeZone)}</List.Item>
        ))}
      </List>
    </div>
  );
}
