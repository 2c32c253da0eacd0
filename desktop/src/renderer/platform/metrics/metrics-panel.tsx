import { Alert, Group, SegmentedControl, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ChartNoAxesColumn } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  METRIC_RANGES,
  type MetricName,
  type MetricRange,
  type MetricsReading,
  type Replicas,
} from '../../../platform/platform-metrics.ts';
import { useFormat } from '../../kit/use-format.ts';
import { FailureNote } from '../failure-note.tsx';
import { usePlatformView } from '../use-platform-view.ts';
import { MetricCard } from './metric-card.tsx';
import { metricsQuery } from './metrics-query.ts';

interface MetricsPanelProps {
  readonly metrics: readonly MetricName[];
  readonly replicas: Replicas;
  /** Of what these are the numbers, when the screen does not say so itself. */
  readonly children?: ReactNode;
}

/** Numbers that move, as Prometheus has them. Without one the rest of the screen is as it was. */
export function MetricsPanel({ metrics, replicas, children }: MetricsPanelProps) {
  const { t } = useTranslation('platform');
  const [range, setRange] = useState<MetricRange>('hour');
  const { data: reading, error, refetch } = useQuery(metricsQuery(usePlatformView(), { metrics, replicas, range }));
  return (
    <Stack gap="sm" component="section" aria-label={t('metrics.title')}>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={2} size="h5">
            {t('metrics.title')}
          </Title>
          {reading?.state === 'read' && <Freshness {...reading} />}
        </Group>
        <SegmentedControl
          size="xs"
          value={range}
          onChange={(value) => setRange(value as MetricRange)}
          aria-label={t('metrics.range.label')}
          data={METRIC_RANGES.map((each) => ({ value: each, label: t(`metrics.range.${each}`) }))}
        />
      </Group>
      {children}
      {error !== null && <FailureNote error={error} onRetry={() => void refetch()} />}
      {error === null && reading === undefined && <Skeleton height={160} role="img" aria-label={t('metrics.reading')} />}
      {error === null && reading !== undefined && <Numbers reading={reading} />}
    </Stack>
  );
}

/** From when the numbers are, and who is missing in them. */
function Freshness({ asOf, sources }: Extract<MetricsReading, { readonly state: 'read' }>) {
  const { t } = useTranslation('platform');
  const { ago } = useFormat();
  const { count, silent } = sources;
  if (asOf === undefined) return null;
  return (
    <Text size="sm" c="dimmed">
      {t('metrics.asOf', { ago: ago(asOf) })} · {t('metrics.sources', { count })}
      {silent.length > 0 && ` · ${t('metrics.silent', { count: silent.length, pods: silent.join(', ') })}`}
    </Text>
  );
}

function Numbers({ reading }: { readonly reading: MetricsReading }) {
  const { t } = useTranslation('platform');
  if (reading.state !== 'read') {
    const { namespace, service } = reading.place;
    const why = reading.state === 'away' ? reading.why : '';
    return (
      <Note title={t(`metrics.${reading.state}`)}>{t(`metrics.${reading.state}Detail`, { service: `${namespace}/${service}`, why })}</Note>
    );
  }
  if (reading.asOf === undefined) return <Note title={t('metrics.unasked')} />;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3, xl: 4 }}>
      {reading.metrics.map((metric) => (
        <MetricCard key={metric.name} {...metric} span={reading.span} />
      ))}
    </SimpleGrid>
  );
}

function Note({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <Alert color="gray" variant="light" role="status" icon={<ChartNoAxesColumn aria-hidden size={20} />} title={title}>
      {children}
    </Alert>
  );
}
