import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { MetricsPanel } from '../metrics/metrics-panel.tsx';

/** What is measured of replicas. No metric is of one tenant that shares them: labels have few values, and tenants are many. */
const REPLICA_METRICS = ['requestRate', 'requestP95', 'errorRatio', 'requestsInFlight', 'databaseP95', 'cpu', 'memory'] as const;

/** Moving numbers of the replicas that serve this tenant. */
export function TenantMetrics({ tenant: { name, status } }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  const isDedicated = status.workload?.mode === 'Dedicated';
  return (
    // Anew for each tenant: numbers of the one before must not be shown under this name.
    <MetricsPanel key={name} metrics={REPLICA_METRICS} replicas={isDedicated ? { dedicatedTo: name } : 'pooled'}>
      <Text size="sm">{t(isDedicated ? 'metrics.dedicated' : 'metrics.pooled', { name })}</Text>
    </MetricsPanel>
  );
}
