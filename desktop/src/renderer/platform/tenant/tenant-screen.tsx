import { Alert, Group, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { BackupsPanel } from '../backups/backups-panel.tsx';
import { EnterTenantButton } from '../entry/enter-tenant-button.tsx';
import { TenantEntries } from '../entry/tenant-entries.tsx';
import { FailureNote } from '../failure-note.tsx';
import { PhaseBadge } from '../phase-badge.tsx';
import { ScreenFrame } from '../screen-frame.tsx';
import { StoresPanel } from '../stores/stores-panel.tsx';
import { ConnectionNote } from '../tenants/connection-note.tsx';
import { useTenantList } from '../tenants/use-tenant-list.ts';
import { usePlatformView } from '../use-platform-view.ts';
import { ConditionTable } from './condition-table.tsx';
import { EventTimeline } from './event-timeline.tsx';
import { ManifestPanel } from './manifest-panel.tsx';
import { PodsPanel } from './pods-panel.tsx';
import { StepLedger } from './step-ledger.tsx';
import { TenantActions } from './tenant-actions.tsx';
import { TenantFacts } from './tenant-facts.tsx';
import { TenantMetrics } from './tenant-metrics.tsx';
import { tenantQuery } from './tenant-queries.ts';
import { TENANT_TABS, type TenantTab } from './tenant-tab.ts';
import { WhyPanel } from './why-panel.tsx';

const route = getRouteApi('/platform/tenants/$name');

/** The cockpit of one tenant: how it is, why, and what can be done. */
export function TenantScreen() {
  const { t } = useTranslation('platform');
  const { name } = route.useParams();
  const access = usePlatformView();
  const { rows, isComplete, connection } = useTenantList();
  const row = rows.get(name);
  const { data: tenant, error, refetch } = useQuery(tenantQuery(access, name, row?.version));
  // A reading of the tenant before this one in the address must not be shown under this name.
  const isThisOne = tenant?.name === name;
  const isGone = isComplete && row === undefined;
  return (
    <ScreenFrame
      title={name}
      description={
        <Group gap="sm">
          {row !== undefined && <PhaseBadge phase={row.phase} />}
          {isThisOne && tenant.spec.displayName !== undefined && (
            <Text size="sm" c="dimmed">
              {tenant.spec.displayName}
            </Text>
          )}
          <ConnectionNote connection={connection} />
        </Group>
      }
      actions={
        isThisOne &&
        !isGone && (
          <>
            <EnterTenantButton tenant={tenant} />
            <TenantActions tenant={tenant} />
          </>
        )
      }
    >
      {!isGone && <TenantEntries tenant={name} />}
      {isGone && (
        <Alert color="gray" icon={<Trash2 aria-hidden size={20} />} title={t('tenant.gone', { name })} role="status">
          {t('tenant.goneDetail')}
        </Alert>
      )}
      {!isGone && error !== null && <FailureNote error={error} onRetry={() => void refetch()} />}
      {isThisOne
        ? !isGone && <Parts tenant={tenant} />
        : !isGone && error === null && <Skeleton height={320} role="img" aria-label={t('tenant.reading')} />}
    </ScreenFrame>
  );
}

function Parts({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  const { tab = 'overview' } = route.useSearch();
  const navigate = useNavigate();
  const { name } = tenant;
  const show = (next: string | null) =>
    void navigate({ to: '/platform/tenants/$name', params: { name }, search: { tab: next as TenantTab }, replace: true });
  // Logs are followed while they are in sight and no longer.
  return (
    <Tabs value={tab} onChange={show} keepMounted={false}>
      <Tabs.List>
        {TENANT_TABS.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(`tab.${each}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="overview" pt="md">
        <Stack gap="md">
          <WhyPanel tenant={tenant} />
          <TenantFacts tenant={tenant} />
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="steps" pt="md">
        <Stack gap="lg">
          <StepLedger steps={tenant.steps} />
          <ConditionTable conditions={tenant.conditions} />
        </Stack>
      </Tabs.Panel>
      <Tabs.Panel value="events" pt="md">
        <EventTimeline events={tenant.events} />
      </Tabs.Panel>
      <Tabs.Panel value="stores" pt="md">
        <StoresPanel name={name} />
      </Tabs.Panel>
      <Tabs.Panel value="backups" pt="md">
        <BackupsPanel tenant={tenant} />
      </Tabs.Panel>
      <Tabs.Panel value="pods" pt="md">
        <PodsPanel tenant={tenant} />
      </Tabs.Panel>
      <Tabs.Panel value="metrics" pt="md">
        <TenantMetrics tenant={tenant} />
      </Tabs.Panel>
      <Tabs.Panel value="manifest" pt="md">
        <ManifestPanel tenant={tenant} />
      </Tabs.Panel>
    </Tabs>
  );
}
