import { Card, Code, Group, Loader, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { useCustomerProfile } from './customer-queries.ts';

/** What other systems have said of the customer, source by source. */
export function CustomerIntegrations({ id }: { readonly id: string }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const profile = useCustomerProfile(id);
  if (profile.isPending) return <Loader role="img" aria-label={t('loading')} />;
  if (profile.isError) return <ProblemNotice error={profile.error} onRetry={() => void profile.refetch()} />;
  if (profile.data.integrations.length === 0) return <EmptyNotice title={t('integrations.none')} hint={t('integrations.noneHint')} />;
  return (
    <Stack maw={900}>
      {profile.data.integrations.map(({ source, payload, updatedAt, version }) => (
        <Card withBorder key={source}>
          <Group justify="space-between" mb="xs">
            <Text fw={600}>{source}</Text>
            <Text size="sm" c="dimmed">
              {t('history.version', { version })} · {format.instant(updatedAt)}
            </Text>
          </Group>
          <Code block>{JSON.stringify(payload, null, 2)}</Code>
        </Card>
      ))}
    </Stack>
  );
}
