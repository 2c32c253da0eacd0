import { Stack, Text } from '@mantine/core';
import type { TopicsReading } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { StoreTable } from './store-table.tsx';

/** The tenant's topics and how far each consumer group is behind. Of a shared topic only its name: the numbers would be everybody's. */
export function TopicTable({ sharedTopic, topics, groupsLeftOut }: Extract<TopicsReading, { readonly state: 'read' }>) {
  const { t } = useTranslation('platform');
  const { number } = useFormat();
  return (
    <>
      {sharedTopic !== undefined && <Text size="sm">{t('stores.sharedTopic', { topic: sharedTopic })}</Text>}
      {topics.length > 0 && (
        <StoreTable
          caption={t('stores.lags')}
          columns={[t('stores.topic'), t('stores.partitions'), t('stores.messages'), t('stores.lag')]}
          rows={topics.map(({ name, partitions, messages, groups }) => [
            name,
            number(partitions),
            number(messages),
            groups.length === 0 ? (
              <Text key={name} size="sm" c="dimmed">
                {t('stores.noGroups')}
              </Text>
            ) : (
              <Stack key={name} gap={2}>
                {groups.map(({ name: group, lag }) => (
                  <Text key={group} size="sm" style={{ overflowWrap: 'anywhere' }}>
                    {t('stores.groupLag', { group, lag: number(lag) })}
                  </Text>
                ))}
              </Stack>
            ),
          ])}
        />
      )}
      {topics.length === 0 && sharedTopic === undefined && <Text c="dimmed">{t('stores.noTopics')}</Text>}
      {groupsLeftOut > 0 && (
        <Text size="sm" c="dimmed">
          {t('stores.groupsLeftOut', { number: number(groupsLeftOut) })}
        </Text>
      )}
    </>
  );
}
