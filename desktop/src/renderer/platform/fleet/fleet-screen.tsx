import { Anchor, Group, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';
import { MetricsPanel } from '../metrics/metrics-panel.tsx';
import { PhaseBadge } from '../phase-badge.tsx';
import { ScreenFrame } from '../screen-frame.tsx';
import { ConnectionNote } from '../tenants/connection-note.tsx';
import { useTenantList } from '../tenants/use-tenant-list.ts';
import { ClassRollouts } from './class-rollouts.tsx';
import { FleetCard } from './fleet-card.tsx';
import { type FleetFigures, fleetFigures, TROUBLED } from './fleet-figures.ts';
import { ShareBar } from './share-bar.tsx';

/** Of the platform as a whole. What only tells one replica from another is on the page of a tenant. */
const PLATFORM_METRICS = [
  'requestRate',
  'requestP95',
  'errorRatio',
  'databaseP95',
  'stageLag',
  'outboxAge',
  'eventRate',
  'webhookAge',
  'queueMessages',
  'operatorQueue',
  'reconcileRate',
] as const;

/** All tenants at a glance, live: how they are, where they are, and how far changes of all of them have come. */
export function FleetScreen() {
  const { t } = useTranslation('platform');
  const { rows, isComplete, connection } = useTenantList();
  const figures = useMemo(() => fleetFigures(rows.values()), [rows]);
  return (
    <ScreenFrame
      title={t('fleet.title')}
      description={
        <Group gap="sm">
          <Text size="sm" c="dimmed" role="status">
            {isComplete ? t('fleet.count', { count: figures.total }) : t('tenants.filling')}
          </Text>
          <ConnectionNote connection={connection} />
        </Group>
      }
    >
      {isComplete ? (
        <SimpleGrid cols={{ base: 1, lg: 2 }}>
          <Phases {...figures} />
          <Cells {...figures} />
          <Versions {...figures} />
          <ClassRollouts />
        </SimpleGrid>
      ) : (
        <Skeleton height={320} role="img" aria-label={t('tenants.filling')} />
      )}
      <MetricsPanel metrics={PLATFORM_METRICS} replicas="all" />
    </ScreenFrame>
  );
}

function Phases({ phases, total }: FleetFigures) {
  const { t } = useTranslation('platform');
  const { number } = useFormat();
  return (
    <FleetCard title={t('fleet.phases')} isEmpty={total === 0}>
      {phases.map(({ phase, tenants }) => (
        <ShareBar
          key={phase}
          label={<PhaseBadge phase={phase} />}
          parts={[{ value: tenants, colour: TROUBLED.includes(phase) ? 'orange' : 'indigo' }]}
          total={total}
          figure={
            <Anchor size="sm" renderRoot={(props) => <Link to="/platform/tenants" search={{ phase: [phase] }} {...props} />}>
              {number(tenants)}
            </Anchor>
          }
        />
      ))}
    </FleetCard>
  );
}

function Cells({ cells }: FleetFigures) {
  const { t } = useTranslation('platform');
  const { number } = useFormat();
  const most = Math.max(1, ...cells.map(({ total }) => total));
  return (
    <FleetCard title={t('fleet.cells')} isEmpty={cells.length === 0}>
      {cells.map(({ name, total, well, troubled }) => (
        <ShareBar
          key={name}
          label={name}
          parts={[
            { value: well, colour: 'green' },
            { value: total - well - troubled, colour: 'blue' },
            { value: troubled, colour: 'orange' },
          ]}
          total={most}
          figure={
            <Stack gap={0} align="flex-end">
              <Anchor size="sm" renderRoot={(props) => <Link to="/platform/tenants" search={{ cell: [name] }} {...props} />}>
                {number(total)}
              </Anchor>
              {troubled > 0 && (
                <Anchor
                  size="xs"
                  renderRoot={(props) => (
                    <Link
                      to="/platform/tenants"
                      search={{ cell: [name], phase: ['Drifting', 'Failing', 'Unknown', 'Stalled'] }}
                      {...props}
                    />
                  )}
                >
                  {t('fleet.troubled', { count: troubled })}
                </Anchor>
              )}
            </Stack>
          }
        />
      ))}
    </FleetCard>
  );
}

function Versions({ versions }: FleetFigures) {
  const { t } = useTranslation('platform');
  const { number, percent } = useFormat();
  const total = versions.reduce((sum, { tenants }) => sum + tenants, 0);
  const newest = versions[0];
  return (
    <FleetCard title={t('fleet.versions')} isEmpty={newest === undefined}>
      {newest !== undefined && (
        <Text size="sm" c="dimmed">
          {t('fleet.migrated', { version: newest.version, share: percent(newest.tenants / total) })}
        </Text>
      )}
      {versions.map(({ version, tenants }) => (
        <ShareBar
          key={version}
          label={t('fleet.version', { version })}
          parts={[{ value: tenants, colour: version === newest?.version ? 'green' : 'gray' }]}
          total={total}
          figure={number(tenants)}
        />
      ))}
    </FleetCard>
  );
}
