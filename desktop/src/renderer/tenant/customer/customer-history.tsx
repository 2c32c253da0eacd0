import { Badge, Button, Group, Loader, Stack, Text, Timeline } from '@mantine/core';
import { History } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { ActorName } from '../ui/actor-name.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { useCustomerHistory } from './customer-queries.ts';
import { FieldChanges } from './field-changes.tsx';

/** Every version of the customer: who, when, what; and the way back to how it was. */
export function CustomerHistory({ id, onTravel }: { readonly id: string; readonly onTravel: (at: string) => void }) {
  const { t } = useTranslation('tenant');
  const format = useFormat();
  const history = useCustomerHistory(id);
  if (history.isPending) return <Loader role="img" aria-label={t('loading')} />;
  if (history.isError) return <ProblemNotice error={history.error} onRetry={() => void history.refetch()} />;
  return (
    <Stack maw={900}>
      <Timeline bulletSize={22} lineWidth={2}>
        {history.data.pages
          .flatMap(({ items }) => items)
          .map((version) => (
            <Timeline.Item
              key={version.version}
              title={
                <Group gap="xs">
                  <Badge variant="light" tt="none">
                    {t(`history.changes.${version.change}`)}
                  </Badge>
                  <Text size="sm">{t('history.version', { version: version.version })}</Text>
                  <Text size="sm" c="dimmed">
                    {format.instant(version.changedAt)} · <ActorName actor={version.actor} />
                  </Text>
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    leftSection={<History aria-hidden size={12} />}
                    aria-label={t('history.showVersion', { version: version.version })}
                    onClick={() => onTravel(version.changedAt)}
                  >
                    {t('history.show')}
                  </Button>
                </Group>
              }
            >
              {version.changes.length > 0 && <FieldChanges changes={version.changes} />}
            </Timeline.Item>
          ))}
      </Timeline>
      {history.hasNextPage && (
        <Button variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {t('showMore')}
        </Button>
      )}
    </Stack>
  );
}
