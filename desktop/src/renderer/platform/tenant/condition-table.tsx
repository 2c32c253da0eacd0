import { Table, Text } from '@mantine/core';
import type { Condition } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../kit/use-format.ts';

/** Every condition with its reason and message, as `kubectl describe` shows them. */
export function ConditionTable({ conditions }: { readonly conditions: readonly Condition[] }) {
  const { t } = useTranslation('platform');
  const { ago } = useFormat();
  if (conditions.length === 0) return <Text c="dimmed">{t('condition.none')}</Text>;
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table captionSide="top">
        <Table.Caption ta="start">{t('condition.caption')}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {(['type', 'status', 'reason', 'message', 'since'] as const).map((column) => (
              <Table.Th key={column}>{t(`condition.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {conditions.map(({ type, status, reason, message, lastTransitionTime }) => (
            <Table.Tr key={type}>
              <Table.Td>{type}</Table.Td>
              <Table.Td>{status}</Table.Td>
              <Table.Td>{reason}</Table.Td>
              <Table.Td dir="auto" ta="match-parent">
                {message}
              </Table.Td>
              <Table.Td style={{ whiteSpace: 'nowrap' }}>{ago(lastTransitionTime)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
