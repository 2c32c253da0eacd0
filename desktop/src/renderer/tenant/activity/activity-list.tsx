import { Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { LongOperation } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';
import { useTenantApi } from '../../app/tenant-api.ts';
import { useBulkRuns } from '../customers/bulk-runs.ts';
import { BulkCard } from './bulk-card.tsx';
import { OperationCard } from './operation-card.tsx';

/** As many as somebody looks through; the screen has all. */
const SHOWN = 15;

/** What runs in the background and what came of it, the newest first. @param close leaves the list for the screen that has all */
export function ActivityList({ operations, close }: { readonly operations: readonly LongOperation[]; readonly close: () => void }) {
  const { t } = useTranslation('tenant');
  const { tenant } = useTenantApi();
  const bulk = useBulkRuns();
  return (
    <Stack gap="sm">
      <Link to="/tenants/$tenant/activity" params={{ tenant }} onClick={close}>
        {t('activity.centre.all')}
      </Link>
      {operations.length + bulk.length === 0 && <Text c="dimmed">{t('activity.noneHint')}</Text>}
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }} aria-label={t('activity.centre.title')}>
        {bulk.map((run) => (
          <li key={run.id}>
            <BulkCard run={run} />
          </li>
        ))}
        {operations.slice(0, SHOWN).map((operation) => (
          <li key={operation.id}>
            <OperationCard operation={operation} />
          </li>
        ))}
      </Stack>
    </Stack>
  );
}
