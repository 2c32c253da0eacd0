import { Text, Timeline } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TenantEvent } from '../../../platform/platform-view-questions.ts';
import { useFormat } from '../../kit/use-format.ts';

/** What happened to the tenant lately, newest first. */
export function EventTimeline({ events }: { readonly events: readonly TenantEvent[] }) {
  const { t } = useTranslation('platform');
  const { ago, instant } = useFormat();
  if (events.length === 0) return <Text c="dimmed">{t('events.none')}</Text>;
  return (
    // All of it has happened: every bullet has its colour.
    <Timeline bulletSize={14} lineWidth={2} active={events.length - 1}>
      {events.map(({ at, type, reason, note, count }) => (
        <Timeline.Item key={`${at} ${reason} ${note}`} title={reason} lineVariant="solid" color={type === 'Warning' ? 'orange' : 'green'}>
          <Text size="sm" dir="auto" ta="match-parent">
            {note}
          </Text>
          <Text size="xs" c="dimmed" title={instant(at)}>
            {ago(at)} · {t(type === 'Warning' ? 'events.warning' : 'events.normal')}
            {count > 1 && ` · ${t('events.times', { count })}`}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
