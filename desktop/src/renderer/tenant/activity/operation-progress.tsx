import { Group, Progress, Stack, Text } from '@mantine/core';
import type { LongOperation } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';

/** How far an operation is, in words and as a bar. */
export function OperationProgress({ operation }: { readonly operation: LongOperation }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const { done, total } = operation.progress;
  return (
    <Stack gap={4}>
      <Progress
        value={total === null || total === 0 ? 100 : Math.min(100, (100 * done) / total)}
        animated
        striped
        aria-label={t('activity.progress')}
      />
      <Group justify="space-between">
        <Text size="xs" role="status">
          {operation.status === 'queued'
            ? t('activity.waiting')
            : total === null
              ? t('activity.rows', { done: format.number(done) })
              : t('activity.rowsOf', { done: format.number(done), total: format.number(total) })}
        </Text>
      </Group>
    </Stack>
  );
}
