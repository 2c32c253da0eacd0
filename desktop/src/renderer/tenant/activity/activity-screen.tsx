import { Loader, Stack } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { LiveBadge } from '../live/live-badge.tsx';
import { EmptyNotice } from '../ui/empty-notice.tsx';
import { ProblemNotice } from '../ui/problem-notice.tsx';
import { Screen } from '../ui/screen.tsx';
import { useOwnActivity } from './activity-memory.ts';
import { OperationCard } from './operation-card.tsx';
import { useOperations } from './operation-queries.ts';

const route = getRouteApi('/tenants/$tenant/activity');

/** Everything that runs in the background, or did: how far it is, what came of it, and its files. */
export function ActivityScreen() {
  const { t } = useTranslation('tenant');
  const { operation: sought } = route.useSearch();
  const list = useOperations();
  useOwnActivity(list.data, true);
  return (
    <Screen title={t('activity.title')} description={<LiveBadge />}>
      {list.isPending && <Loader mx="auto" role="img" aria-label={t('loading')} />}
      {list.isError && <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && <EmptyNotice title={t('activity.none')} hint={t('activity.noneHint')} />}
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} maw={900}>
        {(list.data ?? []).map((operation) => (
          <li key={operation.id}>
            <OperationCard operation={operation} isSought={operation.id === sought} />
          </li>
        ))}
      </Stack>
    </Screen>
  );
}
