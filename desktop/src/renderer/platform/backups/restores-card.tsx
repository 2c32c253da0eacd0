import { Alert, Stack, Text } from '@mantine/core';
import { CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TenantRestoreRow } from '../../../platform/platform-backups.ts';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { ChangeButton } from '../tenant/change-button.tsx';
import { TitledCard } from '../titled-card.tsx';
import { RestoreTable } from './restore-table.tsx';

/** What was restored into a tenant, and what is left to do afterwards. */
export function RestoresCard({ tenant, restores }: { readonly tenant: TenantReading; readonly restores: readonly TenantRestoreRow[] }) {
  const { t } = useTranslation('platform');
  // One that was refused changed nothing: what counts is the one before.
  const newest = restores.find(({ state }) => state !== 'refused');
  const isLeftSuspended = newest?.state === 'restored' && tenant.spec.lifecycle.state === 'Suspended';
  return (
    <TitledCard title={t('restore.restores')}>
      {isLeftSuspended && (
        <Alert color="blue" variant="light" role="status" icon={<CircleCheck aria-hidden size={20} />} title={t('restore.done')}>
          <Stack gap="sm" align="flex-start">
            <Text size="sm">{t('restore.resume', { name: tenant.name })}</Text>
            <ChangeButton tenant={tenant} kind="resume" />
          </Stack>
        </Alert>
      )}
      <RestoreTable restores={restores} />
    </TitledCard>
  );
}
