import { Card, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { useFormat } from '../../kit/use-format.ts';
import { FactRows } from '../fact-rows.tsx';

/** What is known of a tenant without asking any of its servers: identity, database, messaging, replicas, credentials, quotas, deletion. */
export function TenantFacts({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  const { ago, instant, number, bytes } = useFormat();
  const { spec, status } = tenant;
  const quotas = tenant.class?.spec.quotas;
  const { messaging, workload, credentials, database } = status;
  return (
    <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
      <Facts
        title={t('facts.identity')}
        facts={[
          [t('facts.tenantId'), status.tenantId],
          [t('column.class'), spec.classRef.name],
          [t('column.cell'), status.cell],
          [t('facts.state'), t(`state.${spec.lifecycle.state}`)],
          [t('facts.reason'), spec.lifecycle.reason],
          [t('facts.url'), status.url],
          [t('facts.created'), tenant.createdAt === '' ? undefined : `${instant(tenant.createdAt)} (${ago(tenant.createdAt)})`],
        ]}
      />
      <Facts
        title={t('facts.data')}
        facts={[
          [t('facts.schema'), database?.schema],
          [t('facts.version'), database?.version === undefined ? undefined : number(database.version)],
          [t('facts.eventsTopic'), messaging?.eventsTopic],
          [t('facts.topics'), messaging?.topics === undefined ? undefined : number(messaging.topics)],
          ...(messaging?.topicPartitions ?? []).map(({ name, partitions }): Fact => [name, t('facts.partitions', { count: partitions })]),
          [t('facts.queues'), spec.messaging.queues.length === 0 ? undefined : spec.messaging.queues.map(({ name }) => name).join(', ')],
          [t('facts.vhost'), messaging?.vhost],
        ]}
      />
      <Facts
        title={t('facts.workload')}
        facts={[
          [t('column.mode'), workload?.mode === undefined ? undefined : t(`mode.${workload.mode}`)],
          [
            t('facts.replicas'),
            workload?.replicas === undefined || workload.mode === 'Pooled'
              ? undefined
              : t('facts.replicasReady', { ready: workload.readyReplicas ?? 0, count: workload.replicas }),
          ],
          [t('facts.credentials'), credentials?.generation === undefined ? undefined : number(credentials.generation)],
          [t('facts.rotated'), credentials?.rotatedAt === undefined ? undefined : ago(credentials.rotatedAt)],
          [t('facts.overlap'), credentials?.overlapUntil === undefined ? undefined : instant(credentials.overlapUntil)],
        ]}
      />
      {quotas !== undefined && (
        <Facts
          title={t('facts.quotas')}
          facts={[
            [t('quota.requestsPerMinute'), number(quotas.requestsPerMinute)],
            [t('quota.requestsPerDay'), number(quotas.requestsPerDay)],
            [t('quota.customers'), number(quotas.customers)],
            [t('quota.storageBytes'), bytes(quotas.storageBytes)],
          ]}
        />
      )}
      <Facts
        title={t('facts.deletion')}
        facts={[
          [t('facts.policy'), t(`policy.${spec.deletionPolicy}`)],
          [t('facts.protection'), t(spec.deletionProtection ? 'facts.protected' : 'facts.notProtected')],
          [t('facts.grace'), spec.deletionPolicy === 'Retain' ? undefined : spec.deletionGracePeriod],
        ]}
      />
    </SimpleGrid>
  );
}

type Fact = readonly [label: string, value: ReactNode];

/** What is not known is not there, rather than empty. */
function Facts({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }) {
  const known = facts.filter(([, value]) => value !== undefined);
  if (known.length === 0) return null;
  return (
    <Card withBorder component="section" aria-label={title}>
      <Text fw={600} size="sm" component="h2">
        {title}
      </Text>
      <FactRows facts={known} />
    </Card>
  );
}
