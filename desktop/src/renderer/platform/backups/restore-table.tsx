import { Code, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TenantRestoreRow } from '../../../platform/platform-backups.ts';
import { useFormat } from '../../kit/use-format.ts';
import { StateNote } from './state-note.tsx';

const COLOURS: Readonly<Record<TenantRestoreRow['state'], string>> = {
  waiting: 'blue',
  restoring: 'blue',
  restored: 'green',
  refused: 'red',
};

/** Every restore that was asked for: what became of it, and where the data of before is. */
export function RestoreTable({ restores }: { readonly restores: readonly TenantRestoreRow[] }) {
  const { t } = useTranslation('platform');
  const { instant } = useFormat();
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table captionSide="top" verticalSpacing="sm">
        <Table.Caption ta="start">{t('restore.caption')}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('backups.when')}</Table.Th>
            <Table.Th>{t('backups.state')}</Table.Th>
            <Table.Th>{t('restore.from')}</Table.Th>
            <Table.Th>{t('restore.before')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {restores.map(({ name, askedAt, state, says, location, replacedSchema }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={400}>
                {instant(askedAt)}
              </Table.Th>
              <Table.Td>
                <StateNote colour={COLOURS[state]} word={t(`restore.is.${state}`)} says={state === 'restored' ? undefined : says} />
              </Table.Td>
              <Table.Td>
                <Code dir="ltr" style={{ overflowWrap: 'anywhere' }}>
                  {location}
                </Code>
              </Table.Td>
              <Table.Td>
                {replacedSchema !== undefined && <Code dir="ltr">{replacedSchema}</Code>}
                {state === 'restored' && replacedSchema === undefined && <Text size="sm">{t('restore.nothingBefore')}</Text>}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
