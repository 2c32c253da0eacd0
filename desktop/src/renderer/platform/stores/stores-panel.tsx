import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TenantStores } from '@tenantry/contracts';
import { Database } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { StoresReading } from '../../../platform/platform-stores.ts';
import { useFormat } from '../../kit/use-format.ts';
import { FailureNote } from '../failure-note.tsx';
import { usePlatformView } from '../use-platform-view.ts';
import { DatabaseFigures } from './database-figures.tsx';
import { QueueTable } from './queue-table.tsx';
import { StoreSection } from './store-section.tsx';
import { storesQuery } from './stores-query.ts';
import { TopicTable } from './topic-table.tsx';

/** What a tenant has in PostgreSQL, Kafka and RabbitMQ, looked up while it is shown. A store that is away hides nothing of the others. */
export function StoresPanel({ name }: { readonly name: string }) {
  const { t } = useTranslation('platform');
  const { data: reading, error, refetch } = useQuery(storesQuery(usePlatformView(), name));
  if (error !== null) return <FailureNote error={error} onRetry={() => void refetch()} />;
  if (reading === undefined) return <Skeleton height={240} role="img" aria-label={t('stores.reading')} />;
  if (reading.state !== 'read') return <Unread {...reading} />;
  return <Stores {...reading.stores} />;
}

function Unread(reading: Exclude<StoresReading, { readonly state: 'read' }>) {
  const { t } = useTranslation('platform');
  const { namespace, service } = reading.place;
  const why = reading.state === 'away' ? reading.why : '';
  return (
    <Alert color="gray" variant="light" role="status" icon={<Database aria-hidden size={20} />} title={t(`stores.${reading.state}`)}>
      {t(`stores.${reading.state}Detail`, { service: `${namespace}/${service}`, why })}
    </Alert>
  );
}

function Stores({ asOf, database, topics, queues }: TenantStores) {
  const { t } = useTranslation('platform');
  const { ago } = useFormat();
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t('stores.asOf', { ago: ago(asOf) })}
      </Text>
      <StoreSection title={t('stores.database')} why={database.state === 'away' ? database.why : undefined}>
        {database.state === 'none' && <Text c="dimmed">{t('stores.noSchema')}</Text>}
        {database.state === 'read' && <DatabaseFigures {...database} />}
      </StoreSection>
      <StoreSection title={t('stores.topics')} why={topics.state === 'away' ? topics.why : undefined}>
        {topics.state === 'read' && <TopicTable {...topics} />}
      </StoreSection>
      <StoreSection title={t('stores.queues')} why={queues.state === 'away' ? queues.why : undefined}>
        {queues.state === 'read' && queues.queues.length > 0 ? (
          <QueueTable {...queues} />
        ) : (
          queues.state !== 'away' && <Text c="dimmed">{t('stores.noQueues')}</Text>
        )}
      </StoreSection>
    </Stack>
  );
}
