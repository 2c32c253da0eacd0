import { ActionIcon, Badge, Drawer, Group, Loader, Portal, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { LongOperation } from '@tenantry/contracts';
import { Activity } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { HEADER_TOOLS } from '../../app/header-tools.ts';
import { usePlatform } from '../../app/platform-provider.tsx';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useMe } from '../../app/use-me.ts';
import { bulkRunning, useBulkRuns } from '../customers/bulk-runs.ts';
import { useMay } from '../tenant-access.ts';
import { useOwnActivity } from './activity-memory.ts';
import { endedBetween } from './ended-operations.ts';
import { useOperationsFollowed } from './operation-queries.ts';
import { useOperationSubject } from './operation-subject.ts';

const ActivityList = lazy(async () => ({ default: (await import('./activity-list.tsx')).ActivityList }));

/** On every screen of the tenant, in the header: how much of one's own runs in the background, what has ended since one looked, and the way to it. */
export function ActivityCentre() {
  return useMay('listOperations') ? <Centre /> : null;
}

function Centre() {
  const { t } = useTranslation('tenant');
  const { tenant } = useTenantApi();
  const me = useMe(tenant);
  const [isOpen, { open, close }] = useDisclosure();
  const { data: operations } = useOperationsFollowed();
  const bulk = useBulkRuns().filter(bulkRunning);
  const { underWay, unseen } = useOwnActivity(operations, isOpen);
  useTellEnded(operations, me?.subject);
  const running = underWay.length + bulk.length;
  const said = [
    running > 0 && t('activity.centre.running', { number: running }),
    unseen.length > 0 && t('activity.centre.ended', { number: unseen.length }),
  ].filter((each) => each !== false);
  return (
    <Portal target={`#${HEADER_TOOLS}`}>
      <Group gap={4} wrap="nowrap">
        {running > 0 && (
          <Badge size="sm" variant="filled" color="indigo" circle={running < 10} aria-hidden>
            {running}
          </Badge>
        )}
        {unseen.length > 0 && (
          <Badge size="sm" variant="light" color={unseen.some(({ status }) => status === 'failed') ? 'red' : 'teal'} aria-hidden>
            {unseen.length}
          </Badge>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          onClick={open}
          aria-haspopup="dialog"
          aria-label={[t('activity.centre.title'), ...said].join(', ')}
        >
          <Activity aria-hidden size={22} />
        </ActionIcon>
      </Group>
      <VisuallyHidden role="status">{said.join(', ')}</VisuallyHidden>
      <Drawer opened={isOpen} onClose={close} position="right" size="lg" title={t('activity.centre.title')}>
        <Suspense fallback={<Loader role="img" aria-label={t('loading')} />}>
          <ActivityList close={close} operations={operations ?? []} />
        </Suspense>
      </Drawer>
    </Portal>
  );
}

/** Says the end of an operation outside of the window, to who has begun it and looks elsewhere. */
function useTellEnded(operations: readonly LongOperation[] | undefined, subject: string | undefined): void {
  const { t } = useTranslation('tenant');
  const subjectOf = useOperationSubject();
  const { kept } = usePlatform();
  const { tenant } = useTenantApi();
  const before = useRef<{ readonly tenant: string; readonly operations: readonly LongOperation[] } | undefined>(undefined);
  useEffect(() => {
    if (operations === undefined) return;
    const known = before.current?.tenant === tenant ? before.current.operations : undefined;
    before.current = { tenant, operations };
    for (const operation of endedBetween(known, operations)) {
      const { id, kind, status, actor } = operation;
      if (actor !== subject) continue;
      const title = `${t(`activity.kinds.${kind}`)}: ${t(`activity.status.${status}`)}`;
      const body = [tenant, subjectOf(operation)].filter((each) => each !== '').join(' · ');
      void kept?.tellEnded({ tenant, operation: id, title, body }).catch(() => {});
    }
  }, [operations, subject, tenant, kept, t, subjectOf]);
}
