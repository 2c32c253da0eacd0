import { Button, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TenantBackupRow } from '../../../platform/platform-backups.ts';
import { useFormat } from '../../kit/use-format.ts';
import { CopyableLocation } from './copyable-location.tsx';
import { isRestorable, type Restorable } from './restorable.ts';
import { StateNote } from './state-note.tsx';

const COLOURS: Readonly<Record<TenantBackupRow['state'], string>> = {
  waiting: 'blue',
  making: 'blue',
  proven: 'green',
  failed: 'red',
  storeMissing: 'orange',
  tenantMissing: 'orange',
};

interface BackupTableProps {
  readonly backups: readonly TenantBackupRow[];
  readonly mayRestore: boolean;
  /** Id of the words that say why none can be restored now. */
  readonly hinderedBy: string | undefined;
  readonly onRestore: (backup: Restorable) => void;
}

/** Every backup with how far it is, how large, and where. One that is proven can be restored. */
export function BackupTable({ backups, mayRestore, hinderedBy, onRestore }: BackupTableProps) {
  const { t } = useTranslation('platform');
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table captionSide="top" verticalSpacing="sm">
        <Table.Caption ta="start">{t('backups.caption')}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {(['when', 'state', 'rows', 'size', 'location'] as const).map((column) => (
              <Table.Th key={column}>{t(`backups.${column}`)}</Table.Th>
            ))}
            {mayRestore && <Table.Th>{t('backups.action')}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {backups.map((backup) => (
            <BackupLine key={backup.name} backup={backup} {...{ mayRestore, hinderedBy, onRestore }} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function BackupLine({
  backup,
  mayRestore,
  hinderedBy,
  onRestore,
}: Omit<BackupTableProps, 'backups'> & { readonly backup: TenantBackupRow }) {
  const { t } = useTranslation('platform');
  const { instant, number, bytes } = useFormat();
  const { askedAt, state, says, location } = backup;
  const when = instant(askedAt);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        {when}
      </Table.Th>
      <Table.Td>
        <StateNote colour={COLOURS[state]} word={t(`backups.is.${state}`)} says={state === 'proven' ? undefined : says} />
      </Table.Td>
      <Table.Td style={FIGURE}>{backup.rows === undefined ? '' : number(backup.rows)}</Table.Td>
      <Table.Td style={FIGURE}>{backup.bytes === undefined ? '' : bytes(backup.bytes)}</Table.Td>
      <Table.Td>{location !== undefined && <CopyableLocation location={location} label={t('backups.copy', { when })} />}</Table.Td>
      {mayRestore && (
        <Table.Td>
          {isRestorable(backup) && (
            <Button
              size="compact-sm"
              variant="default"
              disabled={hinderedBy !== undefined}
              aria-describedby={hinderedBy}
              aria-label={t('restore.of', { when })}
              onClick={() => onRestore(backup)}
            >
              {t('restore.action')}
            </Button>
          )}
        </Table.Td>
      )}
    </Table.Tr>
  );
}

const FIGURE = { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } as const;
