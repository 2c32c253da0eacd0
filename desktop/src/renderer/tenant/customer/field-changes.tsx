import { Card, Code, Table } from '@mantine/core';
import type { FieldChange } from '@tenantry/contracts';
import { useTranslation } from 'react-i18next';

/** What differs, place by place. Values are text, whatever they look like. */
export function FieldChanges({ changes }: { readonly changes: readonly FieldChange[] }) {
  const { t } = useTranslation('tenant');
  return (
    <Card withBorder p={0} mt={4}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('history.place')}</Table.Th>
            <Table.Th>{t('history.before')}</Table.Th>
            <Table.Th>{t('history.after')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map(({ pointer, before, after }) => (
            <Table.Tr key={pointer}>
              <Table.Th scope="row">{pointer.slice(1).replaceAll('/', ' › ')}</Table.Th>
              <Table.Td>{valueText(before)}</Table.Td>
              <Table.Td>{valueText(after)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}

function valueText(value: unknown) {
  if (value === undefined || value === null) return '–';
  return typeof value === 'string' ? value : <Code>{JSON.stringify(value)}</Code>;
}
