import { Alert, Badge, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { useFormat } from '../../kit/use-format.ts';
import { FailureNote } from '../failure-note.tsx';
import { usePlatformView } from '../use-platform-view.ts';
import { LogsPanel } from './logs-panel.tsx';
import { podsQuery } from './tenant-queries.ts';

/** The replicas of a dedicated tenant and their logs. */
export function PodsPanel({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  const { ago, number } = useFormat();
  const { data: pods, error, refetch } = useQuery(podsQuery(usePlatformView(), tenant.name));
  if (error !== null) return <FailureNote error={error} onRetry={() => void refetch()} />;
  if (pods === undefined) return <Skeleton height={160} role="img" aria-label={t('pods.reading')} />;
  if (pods.length === 0) return <Text c="dimmed">{t(tenant.status.workload?.mode === 'Dedicated' ? 'pods.none' : 'pods.pooled')}</Text>;
  return (
    <Stack gap="md">
      <Table.ScrollContainer minWidth={560}>
        <Table captionSide="top">
          <Table.Caption ta="start">{t('pods.caption')}</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              {(['name', 'phase', 'restarts', 'started'] as const).map((column) => (
                <Table.Th key={column}>{t(`pods.${column}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pods.map(({ name, phase, ready, restarts, startedAt, complaint }) => (
              <Table.Tr key={name}>
                <Table.Td>{name}</Table.Td>
                <Table.Td>
                  <Badge color={ready ? 'green' : 'orange'} variant="dot" tt="none">
                    {phase}
                  </Badge>
                  {complaint !== undefined && (
                    <Alert color="orange" variant="light" mt={4}>
                      {complaint}
                    </Alert>
                  )}
                </Table.Td>
                <Table.Td>{number(restarts)}</Table.Td>
                <Table.Td>{startedAt === undefined ? '' : ago(startedAt)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {/* A pod that came, went, began to run or began anew is followed from then on: one that has not begun has no log to follow. */}
      <LogsPanel key={pods.map(({ name, phase, restarts }) => `${name} ${phase} ${restarts}`).join()} tenant={tenant.name} />
    </Stack>
  );
}
