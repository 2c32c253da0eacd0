import { Alert, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Archive } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { BackupsReading } from '../../../platform/platform-backups.ts';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { FailureNote } from '../failure-note.tsx';
import { usePlatformView } from '../use-platform-view.ts';
import { BackupsCard } from './backups-card.tsx';
import { backupsQuery } from './backups-query.ts';
import { RestoresCard } from './restores-card.tsx';

/** Backups of a tenant, made and proven when somebody asks, and what was restored into it. */
export function BackupsPanel({ tenant }: { readonly tenant: TenantReading }) {
  const { t } = useTranslation('platform');
  const { data: reading, error, refetch } = useQuery(backupsQuery(usePlatformView(), tenant.name));
  return (
    <Stack gap="md">
      {error !== null && <FailureNote error={error} onRetry={() => void refetch()} />}
      {/* What was read before stays: a name may just be typed in a dialog. */}
      {reading !== undefined && <Parts tenant={tenant} reading={reading} />}
      {reading === undefined && error === null && <Skeleton height={240} role="img" aria-label={t('backups.reading')} />}
    </Stack>
  );
}

function Parts({ tenant, reading }: { readonly tenant: TenantReading; readonly reading: BackupsReading }) {
  const { t } = useTranslation('platform');
  if (reading.state !== 'read')
    return (
      <Alert color="gray" variant="light" role="status" icon={<Archive aria-hidden size={20} />} title={t(`backups.${reading.state}`)}>
        {t(`backups.${reading.state}Detail`)}
      </Alert>
    );
  const { backups, restores } = reading;
  return (
    <>
      <BackupsCard tenant={tenant} backups={backups} restores={restores} />
      {restores !== undefined && restores.length > 0 && <RestoresCard tenant={tenant} restores={restores} />}
    </>
  );
}
