import { Group, Text } from '@mantine/core';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantBackupRow, TenantRestoreRow } from '../../../platform/platform-backups.ts';
import type { TenantReading } from '../../../platform/platform-view-questions.ts';
import { ChangeButton } from '../tenant/change-button.tsx';
import { TitledCard } from '../titled-card.tsx';
import { BackUpButton } from './back-up-button.tsx';
import { BackupTable } from './backup-table.tsx';
import { isRestorable, type Restorable } from './restorable.ts';
import { RestoreDialog } from './restore-dialog.tsx';
import { restoreHindrance } from './restore-hindrance.ts';

interface BackupsCardProps {
  readonly tenant: TenantReading;
  readonly backups: readonly TenantBackupRow[];
  /** Undefined for who may see none: they cannot ask for one either. */
  readonly restores: readonly TenantRestoreRow[] | undefined;
}

/** What there is to restore, the way to more of it, and what has to be done before a restore. */
export function BackupsCard({ tenant, backups, restores }: BackupsCardProps) {
  const { t } = useTranslation('platform');
  const whyId = useId();
  const [chosen, setChosen] = useState<Restorable>();
  const mayRestore = restores !== undefined && backups.some(isRestorable);
  const hindrance = restoreHindrance(tenant, restores ?? []);
  return (
    <TitledCard title={t('backups.title')}>
      <Text size="sm">{t('backups.what')}</Text>
      <BackUpButton tenant={tenant.name} />
      {backups.length === 0 && <Text c="dimmed">{t('backups.none')}</Text>}
      {mayRestore && hindrance !== undefined && (
        <Group gap="sm">
          <Text size="sm" id={whyId}>
            {t(`restore.hindrance.${hindrance}`)}
          </Text>
          {hindrance === 'notSuspended' && <ChangeButton tenant={tenant} kind="suspend" />}
        </Group>
      )}
      {backups.length > 0 && (
        <BackupTable
          backups={backups}
          mayRestore={mayRestore}
          hinderedBy={hindrance === undefined ? undefined : whyId}
          onRestore={setChosen}
        />
      )}
      {chosen !== undefined && <RestoreDialog tenant={tenant.name} backup={chosen} onClose={() => setChosen(undefined)} />}
    </TitledCard>
  );
}
