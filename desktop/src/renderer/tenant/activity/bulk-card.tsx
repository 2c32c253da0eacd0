import { Button, Card, Group, Progress, Stack, Text } from '@mantine/core';
import { Ban } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { type BulkRun, useBulkProgress } from '../customers/bulk-runs.ts';

/** A change of many customers: how far it is, or what it came to. */
export function BulkCard({ run }: { readonly run: BulkRun }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const done = useBulkProgress(run.id);
  const title = t(`bulk.kinds.${run.change.kind}`);
  return (
    <Card withBorder component="article" aria-label={title}>
      <Group justify="space-between">
        <Text fw={600}>{title}</Text>
        {run.status === 'running' && (
          <Button size="xs" variant="default" leftSection={<Ban aria-hidden size={14} />} onClick={() => run.stop.abort()}>
            {t('bulk.stop')}
          </Button>
        )}
      </Group>
      {run.status === 'running' && (
        <Stack gap={4}>
          <Progress value={run.count === 0 ? 0 : (100 * done) / run.count} aria-label={t('bulk.progress')} animated />
          <Text size="xs" role="status">
            {t('bulk.doneOf', { done: format.number(done), count: format.number(run.count) })}
          </Text>
        </Stack>
      )}
      {run.outcome !== undefined && (
        <Text size="sm">
          {t('bulk.changed', { count: run.outcome.changed })}{' '}
          {run.outcome.failures.length > 0 && t('bulk.failed', { count: run.outcome.failures.length })}
        </Text>
      )}
      {run.error !== null && (
        <Text size="sm" c="var(--mantine-color-error)">
          {run.error.message}
        </Text>
      )}
    </Card>
  );
}
