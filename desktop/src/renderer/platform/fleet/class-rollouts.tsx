import { Alert, Anchor, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { TenantClassView } from '../../../platform/platform-view-questions.ts';
import { useFormat } from '../../kit/use-format.ts';
import { FailureNote } from '../failure-note.tsx';
import { classesQuery } from '../tenant/tenant-queries.ts';
import { usePlatformView } from '../use-platform-view.ts';
import { FleetCard } from './fleet-card.tsx';
import { ShareBar } from './share-bar.tsx';

/** A rollout takes minutes; while it is looked at it is read this often. */
const EVERY_MS = 5_000;

/** How far the newest edit of each class has come, and which tenants hold it. */
export function ClassRollouts() {
  const { t } = useTranslation('platform');
  const { data: classes, error, refetch } = useQuery({ ...classesQuery(usePlatformView()), refetchInterval: EVERY_MS });
  if (error !== null) return <FailureNote error={error} onRetry={() => void refetch()} />;
  if (classes === undefined) return <Skeleton height={160} role="img" aria-label={t('fleet.classes')} />;
  return (
    <FleetCard title={t('fleet.classes')} isEmpty={classes.length === 0}>
      {classes.map((each) => (
        <Rollout key={each.name} {...each} />
      ))}
    </FleetCard>
  );
}

function Rollout({ name, rollout: { total, updated, failed, reason, says } }: TenantClassView) {
  const { t } = useTranslation('platform');
  const { number } = useFormat();
  return (
    <Stack gap={4}>
      <ShareBar
        label={name}
        parts={[{ value: updated, colour: reason === 'RolloutHeld' ? 'orange' : 'green' }]}
        total={total}
        figure={
          <Anchor size="sm" renderRoot={(props) => <Link to="/platform/tenants" search={{ class: [name] }} {...props} />}>
            {t('fleet.updated', { updated: number(updated), total: number(total) })}
          </Anchor>
        }
      />
      {reason !== undefined && reason !== 'RolledOut' && (
        <Alert color={reason === 'RolloutHeld' ? 'orange' : 'blue'} variant="light" role="status">
          <Text size="sm">{says}</Text>
          <Group gap="xs">
            {failed.map((tenant) => (
              <Anchor
                key={tenant}
                size="sm"
                renderRoot={(props) => <Link to="/platform/tenants/$name" params={{ name: tenant }} {...props} />}
              >
                {tenant}
              </Anchor>
            ))}
          </Group>
        </Alert>
      )}
    </Stack>
  );
}
