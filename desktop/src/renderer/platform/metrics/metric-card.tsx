import { ActionIcon, Card, ColorSwatch, CopyButton, Group, Stack, Text, Tooltip } from '@mantine/core';
import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MetricReading, MetricSpan } from '../../../platform/platform-metrics.ts';
import { extremes } from './chart-rows.ts';
import { lineColour, Sparkline } from './sparkline.tsx';
import { useMetricFormat } from './use-metric-format.ts';

/** One metric: what it is now, how it moved, and what to ask Prometheus to see more of it. */
export function MetricCard({ name, query, series, span }: MetricReading & { readonly span: MetricSpan }) {
  const { t } = useTranslation('platform');
  const format = useMetricFormat(name);
  const title = t(`metrics.name.${name}`);
  const range = extremes(series);
  const value = (now: number | undefined): string => (now === undefined ? t('metrics.unknown') : format(now));
  const between = range && t('metrics.between', { least: format(range.least), most: format(range.most) });
  const now = series.map(({ label, now }) => (label === undefined ? value(now) : `${label} ${value(now)}`)).join(', ');
  return (
    <Card withBorder padding="sm" component="section" aria-label={title}>
      <Stack gap={4}>
        <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
          <Text size="sm" fw={600} component="h3">
            {title}
          </Text>
          <CopyQuery title={title} query={query} />
        </Group>
        {between === undefined ? (
          <Text size="sm" c="dimmed">
            {t('metrics.nothing')}
          </Text>
        ) : (
          <>
            {series.map(({ label, now }, position) => (
              <Group key={label ?? ''} gap="xs" wrap="nowrap" justify="space-between">
                {label !== undefined && (
                  <Group gap={6} wrap="nowrap" miw={0}>
                    <ColorSwatch size={10} color={lineColour(position)} withShadow={false} aria-hidden />
                    <Text size="sm" truncate>
                      <bdi>{label}</bdi>
                    </Text>
                  </Group>
                )}
                <Text
                  {...(label === undefined && now !== undefined ? { size: 'xl', fw: 600 } : { size: 'sm' })}
                  {...(now === undefined ? { c: 'dimmed' } : {})}
                  style={{ fontVariantNumeric: 'tabular-nums' }}
                >
                  {value(now)}
                </Text>
              </Group>
            ))}
            <Sparkline series={series} span={span} says={t('metrics.summary', { name: title, now, between })} />
            <Text size="xs" c="dimmed">
              {between}
            </Text>
          </>
        )}
      </Stack>
    </Card>
  );
}

function CopyQuery({ title, query }: { readonly title: string; readonly query: string }) {
  const { t } = useTranslation('platform');
  const label = t('metrics.copy', { name: title });
  return (
    <CopyButton value={query}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('metrics.copied') : label}>
          <ActionIcon variant="subtle" color="gray" size="sm" onClick={copy} aria-label={label}>
            {copied ? <Check aria-hidden size={14} /> : <Copy aria-hidden size={14} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
